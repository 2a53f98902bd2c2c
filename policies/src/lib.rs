//! the pure core: what a policy means at request time
