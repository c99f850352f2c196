//! The marks that a resource leaves on its objects, so that it knows them again when its state does not.

/// The marks of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marks {
    /// On objects of an attempt that nobody has heard the end of. An attempt that takes over what an earlier one has made marks it with the
    /// other of the two, so that the earlier one, if its state is still about, sees that the object is no longer its own.
    unfinished: [String; 2],
    /// On objects that this resource itself deleted.
    pub(crate) destroyed: String,
}

impl Marks {
    /// The marks of what `owner` calls `name`.
    pub(crate) fn of(owner: &str, name: &str) -> Self {
        let mark = |what: &str| format!("crosscloud/{owner}/{name}/{what}");
        Self { unfinished: [mark("unfinished"), mark("unfinished-again")], destroyed: mark("destroyed") }
    }

    /// What an attempt marks its objects with.
    pub(crate) fn first(&self) -> &str {
        &self.unfinished[0]
    }

    /// Every mark of an attempt.
    pub(crate) fn unfinished(&self) -> impl Iterator<Item = &str> {
        self.unfinished.iter().map(String::as_str)
    }

    /// What an attempt that takes over marks an object with that bears this mark.
    pub(crate) fn other_than(&self, mark: &str) -> &str {
        &self.unfinished[usize::from(mark == self.unfinished[0])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_takes_over_leaves_another_mark() {
        let marks = Marks::of("team-a", "aks-chat");
        let again = marks.other_than(marks.first());
        assert_ne!(again, marks.first());
        assert_eq!(marks.other_than(again), marks.first());
        assert_eq!(marks.other_than("Managed by Terraform"), marks.first());
    }
}
