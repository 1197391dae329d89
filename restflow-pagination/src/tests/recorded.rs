//! What the recorded reference answered: queries with the status and the JSON
//! of the body, the results as ids.

/// Query string, status, body.
pub(super) type Answer = (&'static str, u16, &'static str);

/// `/generic/categories/hyper/`
#[rustfmt::skip]
pub(super) const CATEGORIES_HYPER: &[Answer] = &[
    ("", 200, r#"[1,2,3,4,5,6]"#),
    ("limit=2", 200, r#"{"count":6,"next":"http://testserver/generic/categories/hyper/?limit=2&offset=2","previous":null,"results":[1,2]}"#),
];

/// `/api/products/`
#[rustfmt::skip]
pub(super) const PRODUCTS: &[Answer] = &[
    ("page=6", 404, r#"{"detail":"Invalid page."}"#),
    ("page=0", 404, r#"{"detail":"Invalid page."}"#),
    ("page=-1", 404, r#"{"detail":"Invalid page."}"#),
    ("page=abc", 404, r#"{"detail":"Invalid page."}"#),
    ("page=1.5", 404, r#"{"detail":"Invalid page."}"#),
    ("page=99999999999999999999", 404, r#"{"detail":"Invalid page."}"#),
    ("page=%202", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=3","previous":"http://testserver/api/products/","results":[12,13,14,15,16,17,18,19,20,22]}"#),
    ("page=02", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=3","previous":"http://testserver/api/products/","results":[12,13,14,15,16,17,18,19,20,22]}"#),
    ("page=%2B2", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=3","previous":"http://testserver/api/products/","results":[12,13,14,15,16,17,18,19,20,22]}"#),
    ("page_size=1", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=2&page_size=1","previous":null,"results":[1]}"#),
    ("page_size=3&page=14", 200, r#"{"count":42,"next":null,"previous":"http://testserver/api/products/?page=13&page_size=3","results":[43,44,45]}"#),
    ("page_size=50", 200, r#"{"count":42,"next":null,"previous":null,"results":[1,2,3,4,5,6,8,9,10,11,12,13,14,15,16,17,18,19,20,22,23,24,25,26,27,28,29,30,31,32,34,35,36,37,38,39,40,41,42,43,44,45]}"#),
    ("page_size=51", 200, r#"{"count":42,"next":null,"previous":null,"results":[1,2,3,4,5,6,8,9,10,11,12,13,14,15,16,17,18,19,20,22,23,24,25,26,27,28,29,30,31,32,34,35,36,37,38,39,40,41,42,43,44,45]}"#),
    ("page_size=1000", 200, r#"{"count":42,"next":null,"previous":null,"results":[1,2,3,4,5,6,8,9,10,11,12,13,14,15,16,17,18,19,20,22,23,24,25,26,27,28,29,30,31,32,34,35,36,37,38,39,40,41,42,43,44,45]}"#),
    ("page_size=0", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=2&page_size=0","previous":null,"results":[1,2,3,4,5,6,8,9,10,11]}"#),
    ("page_size=-5", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=2&page_size=-5","previous":null,"results":[1,2,3,4,5,6,8,9,10,11]}"#),
    ("page_size=abc", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=2&page_size=abc","previous":null,"results":[1,2,3,4,5,6,8,9,10,11]}"#),
    ("page_size=", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=2&page_size=","previous":null,"results":[1,2,3,4,5,6,8,9,10,11]}"#),
    ("x=&page_size=40", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=2&page_size=40&x=","previous":null,"results":[1,2,3,4,5,6,8,9,10,11,12,13,14,15,16,17,18,19,20,22,23,24,25,26,27,28,29,30,31,32,34,35,36,37,38,39,40,41,42,43]}"#),
    ("page=2&page_size=10", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=3&page_size=10","previous":"http://testserver/api/products/?page_size=10","results":[12,13,14,15,16,17,18,19,20,22]}"#),
    ("page=1&page=2", 200, r#"{"count":42,"next":"http://testserver/api/products/?page=3","previous":"http://testserver/api/products/","results":[12,13,14,15,16,17,18,19,20,22]}"#),
];

/// `/generic/products/list/`
#[rustfmt::skip]
pub(super) const PRODUCTS_LIST: &[Answer] = &[
    ("page_size=3", 200, r#"{"count":45,"next":"http://testserver/generic/products/list/?page=2&page_size=3","previous":null,"results":[1,2,3,4,5,6,7,8,9,10]}"#),
];

/// `/generic/pages/renamed/`
#[rustfmt::skip]
pub(super) const RENAMED: &[Answer] = &[
    ("", 200, r#"{"count":45,"next":"http://testserver/generic/pages/renamed/?p=2","previous":null,"results":[1,2,3,4,5]}"#),
    ("p=2", 200, r#"{"count":45,"next":"http://testserver/generic/pages/renamed/?p=3","previous":"http://testserver/generic/pages/renamed/","results":[6,7,8,9,10]}"#),
    ("size=2&p=3", 200, r#"{"count":45,"next":"http://testserver/generic/pages/renamed/?p=4&size=2","previous":"http://testserver/generic/pages/renamed/?p=2&size=2","results":[5,6]}"#),
    ("page=2", 200, r#"{"count":45,"next":"http://testserver/generic/pages/renamed/?p=2&page=2","previous":null,"results":[1,2,3,4,5]}"#),
    ("p=end", 200, r#"{"count":45,"next":null,"previous":"http://testserver/generic/pages/renamed/?p=8","results":[41,42,43,44,45]}"#),
    ("p=last", 200, r#"{"count":45,"next":null,"previous":"http://testserver/generic/pages/renamed/?p=8","results":[41,42,43,44,45]}"#),
    ("size=1000", 200, r#"{"count":45,"next":null,"previous":null,"results":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45]}"#),
];

/// `/generic/pages/empty/`
#[rustfmt::skip]
pub(super) const EMPTY: &[Answer] = &[
    ("", 200, r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
    ("page=1", 200, r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
    ("page=2", 200, r#"{"count":0,"next":null,"previous":"http://testserver/generic/pages/empty/","results":[]}"#),
    ("page=0", 404, r#"{"detail":"Invalid page."}"#),
    ("page=last", 200, r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
];

/// `/api/categories/`
#[rustfmt::skip]
pub(super) const CATEGORIES: &[Answer] = &[
    ("", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("offset=3", 200, r#"{"count":6,"next":null,"previous":"http://testserver/api/categories/?limit=3","results":[4,5,6]}"#),
    ("offset=5", 200, r#"{"count":6,"next":null,"previous":"http://testserver/api/categories/?limit=3&offset=2","results":[6]}"#),
    ("limit=100", 200, r#"{"count":6,"next":null,"previous":null,"results":[1,2,3,4,5,6]}"#),
    ("limit=10", 200, r#"{"count":6,"next":null,"previous":null,"results":[1,2,3,4,5,6]}"#),
    ("limit=0", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("limit=-1", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("limit=abc", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("limit=", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("offset=abc", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("offset=-1", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("offset=", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=3","previous":null,"results":[1,2,3]}"#),
    ("offset=6", 200, r#"{"count":6,"next":null,"previous":"http://testserver/api/categories/?limit=3&offset=3","results":[]}"#),
    ("offset=100", 200, r#"{"count":6,"next":null,"previous":"http://testserver/api/categories/?limit=3&offset=97","results":[]}"#),
    ("limit=2&offset=100", 200, r#"{"count":6,"next":null,"previous":"http://testserver/api/categories/?limit=2&offset=98","results":[]}"#),
    ("limit=3&offset=1", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=4","previous":"http://testserver/api/categories/?limit=3","results":[2,3,4]}"#),
    ("limit=3&offset=2", 200, r#"{"count":6,"next":"http://testserver/api/categories/?limit=3&offset=5","previous":"http://testserver/api/categories/?limit=3","results":[3,4,5]}"#),
    ("limit=3&offset=3", 200, r#"{"count":6,"next":null,"previous":"http://testserver/api/categories/?limit=3","results":[4,5,6]}"#),
];

/// `/generic/pages/empty-limit/`
#[rustfmt::skip]
pub(super) const EMPTY_LIMIT: &[Answer] = &[
    ("", 200, r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
    ("offset=2", 200, r#"{"count":0,"next":null,"previous":"http://testserver/generic/pages/empty-limit/?limit=3","results":[]}"#),
    ("limit=1", 200, r#"{"count":0,"next":null,"previous":null,"results":[]}"#),
];

/// `/api/events/`
#[rustfmt::skip]
pub(super) const EVENTS: &[Answer] = &[
    ("", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzExJTNBMDUlM0EwMCUyQjAwJTNBMDA%3D","previous":null,"results":[120,119,118,117,116,115,113,114,112,111,110,109,108,107,106,105,104,103,102,101,100,99,98,97,96]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzExJTNBMDUlM0EwMCUyQjAwJTNBMDA%3D", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzA4JTNBMTAlM0EwMCUyQjAwJTNBMDA%3D","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMCUzQTU4JTNBMDAuMjUwMDAwJTJCMDAlM0EwMA%3D%3D","results":[95,93,94,92,91,90,89,88,87,86,85,83,84,82,81,80,79,78,77,76,75,73,74,72,71]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzA4JTNBMTAlM0EwMCUyQjAwJTNBMDA%3D", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzA1JTNBMTUlM0EwMCUyQjAwJTNBMDA%3D","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSswOCUzQTAzJTNBMDAlMkIwMCUzQTAw","results":[70,69,68,67,66,65,63,64,62,61,60,59,58,57,56,55,53,54,52,51,50,49,48,47,46]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzA1JTNBMTUlM0EwMCUyQjAwJTNBMDA%3D", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzAyJTNBMjAlM0EwMCUyQjAwJTNBMDA%3D","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSswNSUzQTA4JTNBMDAlMkIwMCUzQTAw","results":[45,43,44,42,41,40,39,38,37,36,35,33,34,32,31,30,29,28,27,26,25,23,24,22,21]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzAyJTNBMjAlM0EwMCUyQjAwJTNBMDA%3D", 200, r#"{"next":null,"previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSswMiUzQTEzJTNBMDAlMkIwMCUzQTAw","results":[20,19,18,17,16,15,14,13,12,11,10,9,8,7,6,5,3,4,2,1]}"#),
    ("cursor=cj0xJnA9MjAyNC0wMS0wMSswOCUzQTAzJTNBMDAlMkIwMCUzQTAw", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzA4JTNBMTAlM0EwMCUyQjAwJTNBMDA%3D","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMCUzQTU4JTNBMDAuMjUwMDAwJTJCMDAlM0EwMA%3D%3D","results":[95,93,94,92,91,90,89,88,87,86,85,83,84,82,81,80,79,78,77,76,75,73,74,72,71]}"#),
    ("cursor=cj0xJnA9MjAyNC0wMS0wMSsxMCUzQTU4JTNBMDAuMjUwMDAwJTJCMDAlM0EwMA%3D%3D", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzExJTNBMDUlM0EwMCUyQjAwJTNBMDA%3D","previous":null,"results":[120,119,118,117,116,115,113,114,112,111,110,109,108,107,106,105,104,103,102,101,100,99,98,97,96]}"#),
    ("page_size=3", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEzJTNBMzklM0EwMCUyQjAwJTNBMDA%3D&page_size=3","previous":null,"results":[120,119,118]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzEzJTNBMzklM0EwMCUyQjAwJTNBMDA%3D&page_size=3", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEzJTNBMTglM0EwMCUyQjAwJTNBMDA%3D&page_size=3","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMyUzQTMyJTNBMDAlMkIwMCUzQTAw&page_size=3","results":[117,116,115]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzEzJTNBMTglM0EwMCUyQjAwJTNBMDA%3D&page_size=3", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEyJTNBNTclM0EwMCUyQjAwJTNBMDA%3D&page_size=3","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMyUzQTA0JTNBMDAuMjUwMDAwJTJCMDAlM0EwMA%3D%3D&page_size=3","results":[113,114,112]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzEyJTNBNTclM0EwMCUyQjAwJTNBMDA%3D&page_size=3", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEyJTNBMzYlM0EwMCUyQjAwJTNBMDA%3D&page_size=3","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMiUzQTUwJTNBMDAlMkIwMCUzQTAw&page_size=3","results":[111,110,109]}"#),
    ("cursor=cD0yMDI0LTAxLTAxKzEyJTNBMzYlM0EwMCUyQjAwJTNBMDA%3D&page_size=3", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEyJTNBMTUlM0EwMCUyQjAwJTNBMDA%3D&page_size=3","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMiUzQTI5JTNBMDAlMkIwMCUzQTAw&page_size=3","results":[108,107,106]}"#),
    ("cursor=cj0xJnA9MjAyNC0wMS0wMSsxMiUzQTI5JTNBMDAlMkIwMCUzQTAw&page_size=3", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEyJTNBMzYlM0EwMCUyQjAwJTNBMDA%3D&page_size=3","previous":"http://testserver/api/events/?cursor=cj0xJnA9MjAyNC0wMS0wMSsxMiUzQTUwJTNBMDAlMkIwMCUzQTAw&page_size=3","results":[111,110,109]}"#),
    ("cursor=bz01", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzEwJTNBMzAlM0EwMCUyQjAwJTNBMDA%3D","previous":"http://testserver/api/events/?cursor=bz0xJnI9MSZwPTIwMjQtMDEtMDErMTMlM0EwNCUzQTAwLjI1MDAwMCUyQjAwJTNBMDA%3D","results":[115,113,114,112,111,110,109,108,107,106,105,104,103,102,101,100,99,98,97,96,95,93,94,92,91]}"#),
    ("cursor=bz0w", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzExJTNBMDUlM0EwMCUyQjAwJTNBMDA%3D","previous":null,"results":[120,119,118,117,116,115,113,114,112,111,110,109,108,107,106,105,104,103,102,101,100,99,98,97,96]}"#),
    ("cursor=abc", 404, r#"{"detail":"Invalid cursor"}"#),
    ("cursor=bz1hYmM%3D", 404, r#"{"detail":"Invalid cursor"}"#),
    ("cursor=bz0tMQ%3D%3D", 404, r#"{"detail":"Invalid cursor"}"#),
    ("cursor=", 200, r#"{"next":"http://testserver/api/events/?cursor=cD0yMDI0LTAxLTAxKzExJTNBMDUlM0EwMCUyQjAwJTNBMDA%3D","previous":null,"results":[120,119,118,117,116,115,113,114,112,111,110,109,108,107,106,105,104,103,102,101,100,99,98,97,96]}"#),
];

/// `/generic/pages/cursor-price/`
#[rustfmt::skip]
pub(super) const CURSOR_PRICE: &[Answer] = &[
    ("", 200, r#"{"next":"http://testserver/generic/pages/cursor-price/?cursor=cD0xLjAw","previous":null,"results":[1,16,12,27,42,31]}"#),
    ("cursor=cD0xLjAw", 200, r#"{"next":"http://testserver/generic/pages/cursor-price/?cursor=cD01LjI1","previous":"http://testserver/generic/pages/cursor-price/?cursor=cj0xJnA9My4xMA%3D%3D","results":[15,30,45,6,21,36]}"#),
    ("cursor=cD01LjI1", 200, r#"{"next":"http://testserver/generic/pages/cursor-price/?cursor=bz02JnA9NS4yNQ%3D%3D","previous":"http://testserver/generic/pages/cursor-price/?cursor=cj0xJnA9OS45OQ%3D%3D","results":[2,3,8,17,18,23]}"#),
    ("cursor=bz02JnA9NS4yNQ%3D%3D", 200, r#"{"next":"http://testserver/generic/pages/cursor-price/?cursor=cD0xMi4zNA%3D%3D","previous":"http://testserver/generic/pages/cursor-price/?cursor=bz0zJnI9MSZwPTEyLjM0","results":[32,33,38,11,26,41]}"#),
    ("cursor=cj0xJnA9OS45OQ%3D%3D", 200, r#"{"next":"http://testserver/generic/pages/cursor-price/?cursor=cD01LjI1","previous":"http://testserver/generic/pages/cursor-price/?cursor=cj0xJnA9My4xMA%3D%3D","results":[15,30,45,6,21,36]}"#),
];

/// `/generic/pages/cursor-ordering/`
#[rustfmt::skip]
pub(super) const CURSOR_ORDERING: &[Answer] = &[
    ("", 200, r#"{"next":"http://testserver/generic/pages/cursor-ordering/?cursor=cD00MA%3D%3D","previous":null,"results":[45,44,43,42,41,40]}"#),
    ("cursor=cD00MA%3D%3D", 200, r#"{"next":"http://testserver/generic/pages/cursor-ordering/?cursor=cD0zNA%3D%3D","previous":"http://testserver/generic/pages/cursor-ordering/?cursor=cj0xJnA9Mzk%3D","results":[39,38,37,36,35,34]}"#),
    ("ordering=quantity,id", 200, r#"{"next":"http://testserver/generic/pages/cursor-ordering/?cursor=cD0w&ordering=quantity%2Cid","previous":null,"results":[1,9,17,25,33,41]}"#),
    ("cursor=cD0w&ordering=quantity%2Cid", 200, r#"{"next":"http://testserver/generic/pages/cursor-ordering/?cursor=bz0xJnA9Mw%3D%3D&ordering=quantity%2Cid","previous":"http://testserver/generic/pages/cursor-ordering/?cursor=cj0xJnA9Mw%3D%3D&ordering=quantity%2Cid","results":[6,14,22,30,38,2]}"#),
    ("cursor=bz0xJnA9Mw%3D%3D&ordering=quantity%2Cid", 200, r#"{"next":"http://testserver/generic/pages/cursor-ordering/?cursor=bz03JnA9Mw%3D%3D&ordering=quantity%2Cid","previous":"http://testserver/generic/pages/cursor-ordering/?cursor=cj0xJnA9NQ%3D%3D&ordering=quantity%2Cid","results":[3,10,11,18,19,26]}"#),
];

/// `/generic/pages/empty-cursor/`
#[rustfmt::skip]
pub(super) const EMPTY_CURSOR: &[Answer] = &[
    ("", 200, r#"{"next":null,"previous":null,"results":[]}"#),
];

/// `/api/events-fast/`
#[rustfmt::skip]
pub(super) const EVENTS_FAST: &[Answer] = &[
    ("page=2", 200, r#"{"results":[31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60],"next":"http://testserver/api/events-fast/?page=3","previous":"http://testserver/api/events-fast/"}"#),
    ("page=4", 200, r#"{"results":[91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120],"next":null,"previous":"http://testserver/api/events-fast/?page=3"}"#),
    ("page_size=50", 200, r#"{"results":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50],"next":"http://testserver/api/events-fast/?page=2&page_size=50","previous":null}"#),
    ("page_size=1000", 200, r#"{"results":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100],"next":"http://testserver/api/events-fast/?page=2&page_size=1000","previous":null}"#),
    ("page_size=0", 200, r#"{"results":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30],"next":"http://testserver/api/events-fast/?page=2&page_size=0","previous":null}"#),
    ("page_size=abc", 200, r#"{"results":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30],"next":"http://testserver/api/events-fast/?page=2&page_size=abc","previous":null}"#),
    ("page_size=60&page=2", 200, r#"{"results":[61,62,63,64,65,66,67,68,69,70,71,72,73,74,75,76,77,78,79,80,81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120],"next":null,"previous":"http://testserver/api/events-fast/?page_size=60"}"#),
    ("page_size=40&page=3", 200, r#"{"results":[81,82,83,84,85,86,87,88,89,90,91,92,93,94,95,96,97,98,99,100,101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120],"next":null,"previous":"http://testserver/api/events-fast/?page=2&page_size=40"}"#),
    ("page_size=100&page=2", 200, r#"{"results":[101,102,103,104,105,106,107,108,109,110,111,112,113,114,115,116,117,118,119,120],"next":null,"previous":"http://testserver/api/events-fast/?page_size=100"}"#),
    ("page=2&x=1&a=%C3%A9", 200, r#"{"results":[31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60],"next":"http://testserver/api/events-fast/?a=%C3%A9&page=3&x=1","previous":"http://testserver/api/events-fast/?a=%C3%A9&x=1"}"#),
];

/// `/generic/pages/fast/`
#[rustfmt::skip]
pub(super) const FAST: &[Answer] = &[
    ("", 200, r#"{"results":[1,2,3,4,5,6,7],"next":"http://testserver/generic/pages/fast/?page=2","previous":null}"#),
    ("page_size=2", 200, r#"{"results":[1,2,3,4,5,6,7],"next":"http://testserver/generic/pages/fast/?page=2&page_size=2","previous":null}"#),
    ("page=7", 200, r#"{"results":[43,44,45],"next":null,"previous":"http://testserver/generic/pages/fast/?page=6"}"#),
    ("page=8", 404, r#"{"detail":"Invalid page."}"#),
];

/// `/generic/pages/empty-fast/`
#[rustfmt::skip]
pub(super) const EMPTY_FAST: &[Answer] = &[
    ("", 200, r#"{"results":[],"next":null,"previous":null}"#),
    ("page=1", 200, r#"{"results":[],"next":null,"previous":null}"#),
    ("page=2", 404, r#"{"detail":"Invalid page."}"#),
];
