//! Tests of `rollcall policy`: the real binary, with documents on its standard input. I/O: starts it, reads `docs`.

#[cfg(test)]
mod command;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod support;
#[cfg(test)]
mod warnings;
