//! A connector of a made-up service, one page long.
