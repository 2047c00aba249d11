//! The facade over a real engine; and what must not get through.

mod app;
mod console;
mod downloads;
mod events;
mod guard;
mod harness;
mod insights;
mod log;
mod matrix;
mod mounted;
mod openapi;
mod queue;
mod selection;
mod serve;
mod server;
mod shared_tokens;
mod testruns;
mod tokens;
mod uploads;
mod work;
