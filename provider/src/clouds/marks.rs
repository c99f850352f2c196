//! The marks that a resource leaves on its objects, so that it knows them again when its state does not.

/// The marks of one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Marks {
    /// On objects of an attempt that nobody has heard the end of.
    pub(crate) unfinished: String,
    /// On objects that this resource itself deleted.
    pub(crate) destroyed: String,
}

impl Marks {
    /// The marks of what `owner` calls `name`.
    pub(crate) fn of(owner: &str, name: &str) -> Self {
        let mark = |what: &str| format!("crosscloud/{owner}/{name}/{what}");
        Self { unfinished: mark("unfinished"), destroyed: mark("destroyed") }
    }
}
