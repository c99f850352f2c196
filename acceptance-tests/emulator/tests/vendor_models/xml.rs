//! The XML that AWS's Query protocol writes: elements with either elements or text in them.

/// An element.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) children: Vec<Element>,
}

/// Reads a document.
pub(crate) fn parsed(text: &str) -> Element {
    let (element, _) = element(text.trim()).unwrap_or_else(|| panic!("no XML: {text}"));
    element
}

impl Element {
    /// The child of that name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

fn element(text: &str) -> Option<(Element, &str)> {
    let (tag, mut rest) = text.strip_prefix('<')?.split_once('>')?;
    let name = tag.split(' ').next()?.to_owned();
    let end = format!("</{name}>");
    let mut children = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(&end) {
            return Some((Element { name, children }, after));
        }
        match element(rest) {
            Some((child, after)) => {
                children.push(child);
                rest = after;
            }
            None => {
                let (_, after) = rest.split_once(&end)?;
                return Some((Element { name, children }, after));
            }
        }
    }
}
