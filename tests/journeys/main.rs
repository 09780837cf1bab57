//! Journeys: what a person does with the product, done by the real programs.
//!
//! Each journey runs the host's command line as a process of its own, with the real components in its sandbox, against
//! a service on loopback over TLS. A test reads what a person would read: output, exit codes, the database.

mod advice;
mod bad_input;
mod browser;
mod built;
mod canary;
mod certificates;
mod clouds;
mod collecting;
mod credentials;
mod delivery;
mod desk;
mod discovery;
mod doctor;
mod documents;
mod given;
mod keyboard;
mod large_tenant;
mod mailbox;
mod money;
mod news;
mod paperclip;
mod policies;
mod proposals;
mod receiver;
mod refusals;
mod refusals_by_way;
mod registrations;
mod regular;
mod report_commands;
mod reports;
mod robot;
mod samples;
mod scale;
mod second_connector;
mod secrets;
mod secrets_of_set_up;
mod set_up;
mod set_up_again;
mod set_up_given;
mod set_up_kept;
mod set_up_record;
mod set_up_ways;
mod settings;
mod sign_in;
mod single_sign_ins;
mod skipped;
mod tenant;
mod throttled;
mod ways;
