use std::io::Read;

use super::*;

/// Gives its chunks one by one, then the end or a failure.
struct Pieces(Vec<Result<Vec<u8>, Error>>);

impl Body for Pieces {
    fn chunk(&mut self, _: usize) -> Result<Option<Vec<u8>>, Error> {
        if self.0.is_empty() { Ok(None) } else { self.0.remove(0).map(Some) }
    }
}

fn pieces(all: &[&str], end: Option<Error>) -> Response {
    let mut pieces: Vec<Result<Vec<u8>, Error>> = all.iter().map(|piece| Ok(piece.as_bytes().to_vec())).collect();
    pieces.extend(end.map(Err));
    Response::new(200, Vec::new(), Box::new(Pieces(pieces)))
}

#[test]
fn headers_are_found_whatever_their_case() {
    let answer = Response::new(200, vec![("ETag".to_owned(), "x".to_owned())], Box::new(Vec::new()));
    assert_eq!(answer.header("etag"), Some("x"));
    assert_eq!(answer.header("location"), None);
}

#[test]
fn an_empty_chunk_is_not_the_end() {
    assert_eq!(pieces(&["ab", "", "c"], None).bytes(3).unwrap(), b"abc");
    let mut text = String::new();
    pieces(&["ab", "", "c"], None).reader(3).read_to_string(&mut text).unwrap();
    assert_eq!(text, "abc");
}

#[test]
fn a_body_over_its_cap_is_refused_and_not_cut() {
    assert!(matches!(pieces(&["ab", "c"], None).bytes(2), Err(Error::Protocol(_))));
    let failed = pieces(&["ab", "c"], None).reader(2).read_to_end(&mut Vec::new()).unwrap_err();
    assert!(matches!(cause(&failed), Error::Protocol(_)));
}

#[test]
fn a_connection_that_breaks_is_no_end_of_the_body() {
    let failed = pieces(&["ab"], Some(broken("gone"))).reader(9).read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(cause(&failed), broken("gone"));
    assert_eq!(pieces(&["ab"], Some(broken("gone"))).bytes(9), Err(broken("gone")));
    assert!(matches!(cause(&io::Error::other("elsewhere")), Error::Unavailable(_)));
}

#[test]
fn a_body_in_memory_is_given_in_pieces_of_the_size_asked_for() {
    let mut body = b"abcde".to_vec();
    assert_eq!(body.chunk(2).unwrap(), Some(b"ab".to_vec()));
    assert_eq!(body.chunk(9).unwrap(), Some(b"cde".to_vec()));
    assert_eq!(body.chunk(9).unwrap(), None);
}
