//! Operation of the audit log, in lists and in `invite operations show`.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::cli::ui::row::{Row, Selectable};
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{grouped, rfc3339};
use crate::operations::Operation;

/// Length of the shown part of an ID. It contains the creation time in milliseconds, which
/// is enough to select an operation.
const SHORT: usize = "01890000-0000".len();

/// Operation as JSON, CSV and a table row.
#[derive(Serialize)]
pub(crate) struct OperationRow {
    pub(super) id: String,
    at: String,
    finished_at: Option<String>,
    pub(super) command: String,
    pub(super) operator: String,
    pub(super) actor: Option<String>,
    pub(super) on_behalf_of: Option<String>,
    pub(super) target: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) changed: i64,
    pub(super) failed: i64,
    #[serde(skip)]
    pub(super) shown_at: DateTime<Utc>,
    #[serde(skip)]
    pub(super) shown_end: Option<DateTime<Utc>>,
}

impl From<Operation> for OperationRow {
    fn from(operation: Operation) -> Self {
        OperationRow {
            id: operation.id.to_string(),
            at: rfc3339(operation.at),
            finished_at: operation.finished_at.map(rfc3339),
            shown_at: operation.at,
            shown_end: operation.finished_at,
            command: operation.command,
            operator: operation.operator,
            actor: operation.actor,
            on_behalf_of: operation.on_behalf_of,
            target: operation.target,
            reason: operation.reason,
            changed: operation.changed,
            failed: operation.failed,
        }
    }
}

impl Row for OperationRow {
    const LIST: &'static str = "operations";
    const FIELDS: &'static [&'static str] = &[
        "id",
        "at",
        "finished_at",
        "command",
        "operator",
        "actor",
        "on_behalf_of",
        "target",
        "reason",
        "changed",
        "failed",
    ];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["ID", "TIME", "COMMAND", "TARGET", "CHANGED", "FAILED", "OPERATOR", "AS", "REASON"];
        if wide {
            headers.extend(["FINISHED", "ON BEHALF OF"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let id = if wide { &self.id[..] } else { &self.id[..SHORT] };
        let mut cells: Vec<Value> = vec![
            id.into(),
            self.shown_at.into(),
            self.command.as_str().into(),
            self.target.as_deref().into(),
            grouped(self.changed.unsigned_abs()).into(),
            grouped(self.failed.unsigned_abs()).into(),
            self.operator.as_str().into(),
            self.actor.as_deref().into(),
            self.reason.as_deref().into(),
        ];
        if wide {
            cells.extend([Value::Time(self.shown_end, "no"), self.on_behalf_of.as_deref().into()]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

impl Selectable for OperationRow {
    const EXAMPLE: &'static str = "at,command,target,operator";
}
