//! A socket of packets: each message arrives whole or not at all.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::sockopt::set_socket_passcred;
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, send, sendmsg, socketpair,
};
use rustix::process::Pid;
use tokio::io::Interest;
use tokio::net::UnixDatagram;

use crate::frame::FRAME;

/// Most descriptors in one message.
const DESCRIPTORS: usize = 3;

/// One end, for tokio.
#[derive(Debug)]
pub(crate) struct Packets {
    /// Not of the datagram kind, but read and written in the same way; only that it also has an end.
    socket: UnixDatagram,
    buffer: Vec<u8>,
    sender: Option<Pid>,
}

/// What came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// A message.
    Message(&'a [u8]),
    /// A message of this many bytes, more than is allowed. Its content is lost.
    Oversized(usize),
    /// The other side is gone.
    End,
}

impl Packets {
    /// Our end and the one to give away.
    pub(crate) fn pair() -> io::Result<(Self, OwnedFd)> {
        let (ours, theirs) =
            socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        let ours = std::os::unix::net::UnixDatagram::from(ours);
        // Theirs stays blocking: the flag belongs to one end.
        ours.set_nonblocking(true)?;
        set_socket_passcred(&ours, true)?;
        let socket = UnixDatagram::from_std(ours)?;
        Ok((Self { socket, buffer: vec![0; FRAME], sender: None }, theirs))
    }

    /// The next packet. Cancel-safe.
    pub(crate) async fn receive(&mut self) -> Packet<'_> {
        let Self { socket, buffer, sender } = self;
        let received = loop {
            if socket.readable().await.is_err() {
                return Packet::End;
            }
            let read = || Ok(receive_into(&*socket, buffer)?);
            match socket.try_io(Interest::READABLE, read) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                read => break read.ok(),
            }
        };
        packet(received, buffer, sender)
    }

    /// A packet that is already there; `None` when there is none.
    pub(crate) fn receive_now(&mut self) -> Option<Packet<'_>> {
        match receive_into(&self.socket, &mut self.buffer) {
            Err(rustix::io::Errno::AGAIN) => None,
            received => Some(packet(received.ok(), &self.buffer, &mut self.sender)),
        }
    }

    /// The process that sent the last packet, as the kernel says.
    pub(crate) const fn sender(&self) -> Option<Pid> {
        self.sender
    }

    /// Sends without waiting. Who does not take our few small messages is not listening any more.
    pub(crate) fn send(&self, message: &[u8]) -> io::Result<()> {
        send(&self.socket, message, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Sends with descriptors, of which the other side gets copies.
    pub(crate) fn send_with(&self, message: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::Error::other("too many descriptors for one message"));
        }
        let flags = SendFlags::NOSIGNAL;
        sendmsg(&self.socket, &[IoSlice::new(message)], &mut ancillary, flags)?;
        Ok(())
    }
}

/// Length and sender of a packet.
type Received = (usize, Option<Pid>);

fn receive_into(socket: impl AsFd, buffer: &mut [u8]) -> rustix::io::Result<Received> {
    // Room for who it is, and for no descriptors.
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmCredentials(1))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::TRUNC | RecvFlags::CMSG_CLOEXEC;
    let received = recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut ancillary, flags)?;
    let sender = ancillary.drain().find_map(|message| match message {
        RecvAncillaryMessage::ScmCredentials(who) => Some(who.pid),
        _ => None,
    });
    Ok((received.bytes, sender))
}

/// An error, too, means that nothing more will come. At the end nobody sends.
fn packet<'a>(received: Option<Received>, buffer: &'a [u8], sender: &mut Option<Pid>) -> Packet<'a> {
    let Some((length, Some(who))) = received else { return Packet::End };
    *sender = Some(who);
    buffer.get(..length).map_or(Packet::Oversized(length), Packet::Message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn packets_keep_their_bounds_and_their_size_is_bounded() -> io::Result<()> {
        let (mut ours, theirs) = Packets::pair()?;
        assert_eq!(ours.receive_now(), None);
        for message in [&b"one"[..], b"two", &vec![b'x'; FRAME], &vec![b'x'; FRAME + 1]] {
            send(&theirs, message, SendFlags::empty())?;
        }
        assert_eq!(ours.receive().await, Packet::Message(b"one"));
        assert_eq!(ours.receive_now(), Some(Packet::Message(b"two")));
        assert_eq!(ours.receive().await, Packet::Message(&vec![b'x'; FRAME]));
        assert_eq!(ours.receive().await, Packet::Oversized(FRAME + 1));
        assert_eq!(ours.sender(), Some(rustix::process::getpid()));
        send(&theirs, b"", SendFlags::empty())?;
        assert_eq!(ours.receive().await, Packet::Message(b""));
        drop(theirs);
        assert_eq!(ours.receive().await, Packet::End);
        Ok(())
    }
}
