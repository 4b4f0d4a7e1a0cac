//! Channels: all TXT queries of one client for one registered domain, with their answers.
//!
//! In: queried names, texts and their scores. Out: a score of the channel, and a sentence that describes it. Both depend on the
//! set of different exchanges alone: not on their order, their number, the time or the domain.
//! This folder must not know Splunk's protocol, capture files or the command line.
//!
//! [`exchanges`] keeps the exchanges of one channel, a bounded number of them. [`features`] turns them into numbers, [`scorer`]
//! scores these by the embedded channel model, [`reason`] describes them in words, and [`services`] knows whose domain it is. Both
//! count characters as `characters` does.

mod characters;
pub mod exchanges;
pub mod features;
pub mod reason;
pub mod scorer;
pub mod services;
