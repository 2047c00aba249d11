//! `TCP_NODELAY`, which sqlx 0.9.0 stopped setting (transact-rs/sqlx#4335; merged again by #4336, in no release yet).
//! Without it the last piece of a message of several segments waits some 40 ms for the acknowledgement of those before
//! it. The driver shows nobody its socket, so it is found among those of this process. This file goes with the next
//! release of sqlx (ADR 0018).

use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, RawFd};

use rustix::net::{getpeername, sockopt};

/// Sets it on every connection of this process that leads to this port. One that is another's has no harm of it.
pub(crate) fn set(port: u16) {
    let Ok(open) = std::fs::read_dir("/dev/fd") else { return };
    let numbers = open.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    for number in numbers.collect::<Vec<_>>() {
        set_on(number, port);
    }
}

/// A number that is closed, or no TCP connection, is passed over.
fn set_on(number: RawFd, port: u16) {
    if number < 0 {
        return;
    }
    #[expect(unsafe_code, reason = "see SAFETY; a descriptor of another's, for two calls")]
    // SAFETY: the number is not -1. It may be closed meanwhile, or be used again for something else: the two calls
    // below then fail, or ask and set on another socket what changes when bytes are sent and never which. Nothing is
    // closed, read or written through it.
    let socket = unsafe { BorrowedFd::borrow_raw(number) };
    let Ok(Some(peer)) = getpeername(socket) else { return };
    if SocketAddr::try_from(peer).is_ok_and(|peer| peer.port() == port) {
        let _ = sockopt::set_tcp_nodelay(socket, true);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn connections_to_the_port_have_it_and_others_do_not() {
        let here = TcpListener::bind("127.0.0.1:0").expect("a port");
        let there = TcpListener::bind("127.0.0.1:0").expect("a port");
        let ours = TcpStream::connect(here.local_addr().expect("an address")).expect("a connection");
        let other = TcpStream::connect(there.local_addr().expect("an address")).expect("a connection");
        set(here.local_addr().expect("an address").port());
        assert!(ours.nodelay().expect("an answer"));
        assert!(!other.nodelay().expect("an answer"));
    }
}
