//! A server that is away for a while: told once when it goes, once when it is back.

/// Whether the server is away now.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    is_told: bool,
}

impl Outage {
    /// What to tell now that it is away.
    pub(crate) fn begins(&mut self, why: &str) -> Option<String> {
        let is_new = !std::mem::replace(&mut self.is_told, true);
        is_new.then(|| format!("waiting for the server: {why}"))
    }

    /// What to tell now that it answers.
    pub(crate) fn over(&mut self) -> Option<&'static str> {
        std::mem::take(&mut self.is_told).then_some("the server is back")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_outage_is_told_once() {
        let mut outage = Outage::default();
        assert_eq!(outage.over(), None);
        assert_eq!(outage.begins("gone"), Some("waiting for the server: gone".to_owned()));
        assert_eq!(outage.begins("still"), None);
        assert_eq!(outage.over(), Some("the server is back"));
        assert_eq!(outage.over(), None);
        assert!(outage.begins("again").is_some());
    }
}
