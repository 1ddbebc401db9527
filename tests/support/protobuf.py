"""Protocol Buffers, and what travels with them, by hand."""
import struct


def number(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def varint(field_number, value):
    return number(field_number << 3) + number(value)


def field(field_number, data):
    data = data.encode() if isinstance(data, str) else data
    return number(field_number << 3 | 2) + number(len(data)) + data


def fixed64(field_number, value):
    return number(field_number << 3 | 1) + struct.pack("<Q", value)


def decode(data):
    """{field: value} of a message of varints and bytes."""
    out, at = {}, 0

    def take():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(data):
        tag = take()
        value = take()
        if tag & 7 == 2:
            value, at = data[at:at + value], at + value
        out[tag >> 3] = value
    return out


def snappy(data):
    """A block of Snappy, of literals alone."""
    out = number(len(data))
    for at in range(0, len(data), 65536):
        piece = data[at:at + 65536]
        out += bytes([61 << 2]) + struct.pack("<H", len(piece) - 1) + piece
    return out
