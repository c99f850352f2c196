//! The forms that a picture can be written in, one file each.

mod dot;
mod html;
mod json;
mod mermaid;
mod svg;

use std::fmt;
use std::str::FromStr;

use crate::picture::Picture;

/// A form that a picture can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One page for a browser, with everything in it: search, details, light and dark.
    Html,
    /// An image.
    Svg,
    /// A flowchart for Markdown.
    Mermaid,
    /// A graph for Graphviz.
    Dot,
    /// For programs.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Html, Self::Svg, Self::Mermaid, Self::Dot, Self::Json];

    /// Its name on a command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Svg => "svg",
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
            Self::Json => "json",
        }
    }

    /// Writes a picture down.
    #[must_use]
    pub fn write(self, picture: &Picture) -> String {
        match self {
            Self::Html => html::write(picture),
            Self::Svg => svg::write(picture),
            Self::Mermaid => mermaid::write(picture),
            Self::Dot => dot::write(picture),
            Self::Json => json::write(picture),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// Not the name of a format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownFormat(String);

impl fmt::Display for UnknownFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Format::ALL.map(Format::name).join(", ");
        write!(out, "`{}` is no format of a picture: write one of {names}", self.0)
    }
}

impl std::error::Error for UnknownFormat {}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}
