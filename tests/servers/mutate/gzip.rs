//! gzip without compression (RFC 1952, and RFC 1951 section 3.2.4): one stored block.

/// A member that holds the first 65,535 bytes.
pub(super) fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    let bytes = &bytes[..usize::from(length)];
    let mut member = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    member.extend(length.to_le_bytes());
    member.extend((!length).to_le_bytes());
    member.extend(bytes);
    member.extend(checksum(bytes).to_le_bytes());
    member.extend(u32::from(length).to_le_bytes());
    member
}

/// CRC-32 of ISO 3309.
fn checksum(bytes: &[u8]) -> u32 {
    let step = |sum: u32| match sum & 1 {
        1 => (sum >> 1) ^ 0xedb8_8320,
        _ => sum >> 1,
    };
    let byte = |sum: u32, byte: &u8| (0..8).fold(sum ^ u32::from(*byte), |sum, _| step(sum));
    !bytes.iter().fold(u32::MAX, byte)
}
