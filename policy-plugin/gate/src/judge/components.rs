//! Which pieces belong together: those that share a name, directly or through others.

use std::collections::HashMap;

use super::resources::Planned;

/// Indices of the pieces that are judged together, in the order of the plan. A piece that is a whole trust stands alone.
pub(super) fn components(pieces: &[Planned<'_>]) -> Vec<Vec<usize>> {
    let mut parents: Vec<usize> = (0..pieces.len()).collect();
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, planned) in pieces.iter().enumerate().filter(|(_, planned)| !planned.whole) {
        for name in &planned.joins {
            let other = *first.entry(name).or_insert(index);
            let (one, other) = (root(&mut parents, index), root(&mut parents, other));
            parents[one.max(other)] = one.min(other);
        }
    }
    let mut places: HashMap<usize, usize> = HashMap::new();
    let mut components: Vec<Vec<usize>> = Vec::new();
    for index in 0..pieces.len() {
        let root = root(&mut parents, index);
        let place = *places.entry(root).or_insert_with(|| {
            components.push(Vec::new());
            components.len() - 1
        });
        components[place].push(index);
    }
    components
}

fn root(parents: &mut [usize], mut index: usize) -> usize {
    while parents[index] != index {
        parents[index] = parents[parents[index]];
        index = parents[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use crosscloud_policy_resources::Piece;

    use super::*;
    use crate::judge::resources::Resources;

    #[test]
    fn what_shares_a_name_is_judged_together() {
        let planned = |names: &[&str], subject: &str| {
            let mut piece = Piece { joins: names.iter().map(|name| (*name).to_owned()).collect(), ..Piece::default() };
            piece.document.subject = subject.to_owned();
            ("", piece)
        };
        let resources = Resources::held([
            planned(&["a"], ""),
            planned(&["b"], ""),
            planned(&["a", "c"], ""),
            planned(&["c", "d"], ""),
            planned(&["b"], "crosscloud_trust/x"),
        ]);
        assert_eq!(components(&resources.list), [vec![0, 2, 3], vec![1], vec![4]]);
    }
}
