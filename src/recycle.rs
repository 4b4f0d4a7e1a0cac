//! Reuse of a vector's memory.

/// The memory of a vector without its contents, for elements of the same size: usually the same type with another lifetime.
/// The standard library collects in place; if it ever did not, this would be an ordinary empty vector.
pub fn recycle<T, U>(mut vector: Vec<T>) -> Vec<U> {
    vector.clear();
    vector.into_iter().map_while(|_| None).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_reused_for_another_lifetime() {
        let text = b"a".to_vec();
        let vector: Vec<&[u8]> = vec![&text; 100];
        let (place, capacity) = (vector.as_ptr().addr(), vector.capacity());
        let again: Vec<&'static [u8]> = recycle(vector);
        assert_eq!((again.len(), again.as_ptr().addr(), again.capacity()), (0, place, capacity));
    }
}
