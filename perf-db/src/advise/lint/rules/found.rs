use perf_core::finding::Severity;
use perf_core::{Finding, FindingKind, Fingerprint};

/// What a rule has to say about a statement.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) kind: FindingKind,
    /// What tells it apart from others of its kind in the same statement: names.
    pub(crate) which: String,
    severity: Severity,
    evidence: Vec<(&'static str, String)>,
    advice: &'static str,
    code: Option<String>,
}

impl Found {
    pub(crate) fn new(kind: FindingKind, which: impl Into<String>, advice: &'static str) -> Self {
        let (severity, evidence) = (Severity::Info, Vec::new());
        Self { kind, which: which.into(), severity, evidence, advice, code: None }
    }

    pub(crate) fn severity(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn evidence(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.evidence.push((label, value.into()));
        self
    }

    pub(crate) fn code(mut self, code: Option<String>) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn finding(self, fingerprint: &Fingerprint) -> Finding {
        let which = match &*self.which {
            "" => format!("{:016x}", fingerprint.id()),
            which => format!("{:016x}:{which}", fingerprint.id()),
        };
        let finding = Finding::new(self.kind, which, fingerprint.text()).severity(self.severity);
        let finding = self
            .evidence
            .into_iter()
            .fold(finding, |finding, (label, value)| finding.evidence(label, value))
            .advice(self.advice);
        match self.code {
            Some(code) => finding.code(code),
            None => finding,
        }
    }
}
