//! Query options: which an endpoint takes, and what they say.

use crate::exchange::Fields;
use crate::graph::error::GraphError;

/// The query options of a request.
pub(crate) struct Query {
    fields: Fields,
}

impl Query {
    /// Reads the options and refuses those that are not taken. Options may be written without the dollar sign.
    ///
    /// # Errors
    /// When an option is not among those taken, or comes twice.
    pub(crate) fn parse(query: &str, taken: &[&str]) -> Result<Query, GraphError> {
        let fields = Fields::parse(query.as_bytes());
        let mut seen: Vec<String> = Vec::new();
        for (name, _) in fields.iter() {
            let plain = name.strip_prefix('$').unwrap_or(name).to_ascii_lowercase();
            if !taken.iter().any(|each| each.eq_ignore_ascii_case(&plain)) {
                return Err(GraphError::unsupported_query(format!("The query parameter '{name}' is not supported.")));
            }
            if seen.contains(&plain) {
                return Err(GraphError::bad_request(format!("Query parameter '{name}' was specified more than once.")));
            }
            seen.push(plain);
        }
        Ok(Query { fields })
    }

    /// The value of an option.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(&format!("${name}")).or_else(|| self.fields.get(name))
    }

    /// The page size asked for, or the usual one.
    ///
    /// # Errors
    /// When it is no number from 1 to the largest.
    pub(crate) fn top(&self, usual: usize, largest: usize) -> Result<usize, GraphError> {
        let Some(text) = self.get("top") else { return Ok(usual) };
        match text.parse() {
            Ok(top) if (1..=largest).contains(&top) => Ok(top),
            _ => {
                let message =
                    format!("Invalid page size specified: '{text}'. Must be between 1 and {largest} inclusive.");
                Err(GraphError::unsupported_query(message))
            }
        }
    }

    /// The properties asked for; all usual ones when absent.
    pub(crate) fn select(&self) -> Option<Vec<&str>> {
        let names = self.get("select")?.split(',').map(str::trim).filter(|name| !name.is_empty());
        Some(names.collect())
    }
}
