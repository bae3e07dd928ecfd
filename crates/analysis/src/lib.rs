//! Analysis plugins over the event model; they know nothing of processes, IPC or SQL.
