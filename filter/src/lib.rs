//! the filter
