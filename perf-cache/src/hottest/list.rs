//! The list as bytes: MessagePack of a format number and the keys.

/// The longest list, in bytes.
pub(super) const MAX_BYTES: usize = 256 * 1024;

const FORMAT: u8 = 1;

/// MessagePack has up to five bytes before each text, and a few before all.
const BESIDE_A_KEY: usize = 5;
const BESIDE_ALL: usize = 16;

/// The list with as many of the keys as it has room for, and how many these are.
pub(super) fn write(keys: &[String]) -> (Vec<u8>, usize) {
    let mut bytes = BESIDE_ALL;
    let fits = |key: &&String| {
        bytes += key.len() + BESIDE_A_KEY;
        bytes <= MAX_BYTES
    };
    let count = keys.iter().take_while(fits).count();
    let list = rmp_serde::to_vec(&(FORMAT, &keys[..count]));
    (list.unwrap_or_default(), count)
}

/// The keys; none of what is damaged, of a later format or not a list.
pub(super) fn read(list: &[u8]) -> Vec<String> {
    match rmp_serde::from_slice(list) {
        Ok((FORMAT, keys)) => keys,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read_as_it_was_written_whatever_is_in_its_keys() {
        let keys = ["", "a\nb", "\0", "ü:{}*", &"x".repeat(64 * 1024)].map(str::to_owned);
        let (list, count) = write(&keys);
        assert_eq!((count, read(&list)), (5, keys.to_vec()));
    }

    #[test]
    fn the_hottest_keys_fill_the_room_and_a_key_without_room_ends_the_list() {
        let keys: Vec<String> = (0..10).map(|n| n.to_string().repeat(60_000)).collect();
        let (list, count) = write(&keys);
        assert_eq!((count, read(&list)), (4, keys[..4].to_vec()));
        assert!(list.len() <= MAX_BYTES);
        assert_eq!(write(&["x".repeat(MAX_BYTES)]).1, 0);
    }

    #[test]
    fn what_is_no_list_is_empty() {
        let (mut list, _) = write(&["tea".to_owned()]);
        for cut in 0..list.len() {
            assert_eq!(read(&list[..cut]), [""; 0], "{cut}");
        }
        list[1] = 2;
        assert_eq!(read(&list), [""; 0], "of a later format");
        // An array that says that it has four thousand million keys.
        let boast = [0x92, 1, 0xdd, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(read(&boast), [""; 0]);
        assert_eq!(read(b"PCsomebody else's"), [""; 0]);
    }
}
