//! The attributes of a node, by name and type.

use crate::{Subgraph, Tensor};

/// One attribute's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A float.
    Float(f32),
    /// An integer.
    Int(i64),
    /// A string.
    String(String),
    /// Floats.
    Floats(Vec<f32>),
    /// Integers.
    Ints(Vec<i64>),
    /// Strings.
    Strings(Vec<String>),
    /// A tensor.
    Tensor(Tensor),
    /// A graph.
    Graph(Subgraph),
}

/// All attributes of a node. A node has few, so they are a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes(pub Vec<(String, Attribute)>);

impl Attributes {
    fn get(&self, name: &str) -> Option<&Attribute> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// An integer attribute.
    #[must_use]
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name) {
            Some(Attribute::Int(value)) => Some(*value),
            _ => None,
        }
    }

    /// A float attribute.
    #[must_use]
    pub fn float(&self, name: &str) -> Option<f32> {
        match self.get(name) {
            Some(Attribute::Float(value)) => Some(*value),
            _ => None,
        }
    }

    /// A string attribute.
    #[must_use]
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(Attribute::String(value)) => Some(value),
            _ => None,
        }
    }

    /// A list of integers.
    #[must_use]
    pub fn ints(&self, name: &str) -> Option<&[i64]> {
        match self.get(name) {
            Some(Attribute::Ints(values)) => Some(values),
            _ => None,
        }
    }

    /// A list of floats.
    #[must_use]
    pub fn floats(&self, name: &str) -> Option<&[f32]> {
        match self.get(name) {
            Some(Attribute::Floats(values)) => Some(values),
            _ => None,
        }
    }

    /// A list of strings.
    #[must_use]
    pub fn strings(&self, name: &str) -> Option<&[String]> {
        match self.get(name) {
            Some(Attribute::Strings(values)) => Some(values),
            _ => None,
        }
    }

    /// A tensor.
    #[must_use]
    pub fn tensor(&self, name: &str) -> Option<&Tensor> {
        match self.get(name) {
            Some(Attribute::Tensor(tensor)) => Some(tensor),
            _ => None,
        }
    }

    /// A graph.
    #[must_use]
    pub fn graph(&self, name: &str) -> Option<&Subgraph> {
        match self.get(name) {
            Some(Attribute::Graph(graph)) => Some(graph),
            _ => None,
        }
    }

    /// All graphs.
    pub(crate) fn graphs(&self) -> impl Iterator<Item = &Subgraph> {
        self.0.iter().filter_map(|(_, value)| if let Attribute::Graph(graph) = value { Some(graph) } else { None })
    }
}
