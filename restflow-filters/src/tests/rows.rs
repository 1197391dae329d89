//! The rows of the recorded shop, as far as filters see them.

/// id, name, slug, sku, description, price, quantity, rating, in_stock,
/// status, category, owner, is_archived, released_on, opening_time,
/// created_at, tags.
type ProductRow = (
    i32,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    i32,
    Option<f64>,
    bool,
    &'static str,
    i32,
    Option<i32>,
    bool,
    Option<&'static str>,
    Option<&'static str>,
    &'static str,
    &'static [i32],
);

#[rustfmt::skip]
pub(super) const PRODUCTS: &[ProductRow] = &[
    (1, "Atlas of Rivers", "p-01", "Aa-1037", "", "0.00", 0, None, true, "draft", 1, None, false, Some("2021-01-01"), None, "2023-11-05T08:30:00Z", &[]),
    (2, "Bread Knife", "p-02", "Bb-1074", "Bread Knife in a box.", "9.99", 5, Some(4.5), true, "published", 2, Some(2), false, Some("2022-02-06"), Some("07:15:00"), "2023-11-14T15:43:01Z", &[2, 8]),
    (3, "Cahier d'été", "p-03", "Kc-1111", "Plain text with bread and sea.", "9.99", 5, Some(3.0), false, "published", 3, Some(3), false, Some("2023-03-11"), Some("08:30:00"), "2023-11-23T22:56:02Z", &[3]),
    (4, "Desk Lamp", "p-04", "XQ-1148", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "19.50", 12, Some(1.25), true, "archived", 4, Some(1), false, None, None, "2023-12-03T06:09:00Z", &[4, 10]),
    (5, "Earth Rake", "special_5", "Za-1185", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "100.00", 100, Some(5.0), true, "draft", 5, None, false, Some("2021-05-21"), Some("10:00:00"), "2023-12-11T13:22:01Z", &[5]),
    (6, "Field Guide", "p-06", "Ab-1222", "", "5.25", 3, Some(3.0), false, "published", 1, Some(2), false, Some("2022-06-26"), Some("11:15:00"), "2023-12-20T19:35:02.123456Z", &[]),
    (7, "Glass Bowl", "p-07", "Bc-1259", "Glass Bowl in a box.", "1999.99", 1000000, Some(0.0), true, "published", 2, Some(3), true, Some("2023-07-03"), None, "2023-12-30T02:48:00Z", &[7]),
    (8, "Hamac géant", "p-08", "KQ-1296", "Plain text with bread and sea.", "9.99", 7, None, true, "archived", 3, Some(1), false, None, Some("23:59:59.999999"), "2024-01-07T10:01:01Z", &[2, 8]),
    (9, "HDMI Cable", "p-09", "Xa-1333", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "49.00", 0, Some(4.5), false, "draft", 4, None, false, Some("2021-09-13"), Some("14:00:00"), "2024-01-16T17:14:02Z", &[9]),
    (10, "Ivy Pot", "special_10", "Zb-1370", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "250.00", 5, Some(3.0), true, "published", 5, Some(2), false, Some("2022-10-18"), None, "2024-01-26T00:27:00.500000Z", &[4, 10]),
    (11, "Journal", "p-11", "Ac-1407", "", "12.34", 5, Some(1.25), true, "published", 1, Some(3), false, Some("2023-11-23"), Some("16:30:00"), "2024-02-04T06:40:01Z", &[]),
    (12, "Kettle", "p-12", "BQ-1444", "Kettle in a box.", "0.50", 12, Some(5.0), false, "archived", 2, Some(1), false, None, Some("17:45:00"), "2024-02-12T13:53:02.123456Z", &[6, 12]),
    (13, "Luge d'hiver", "p-13", "Ka-1481", "Plain text with bread and sea.", "75.00", 100, Some(3.0), true, "draft", 3, None, false, Some("2021-01-05"), None, "2024-02-21T21:06:00Z", &[1]),
    (14, "Laptop Stand", "p-14", "Xb-1518", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "19.50", 3, Some(0.0), true, "published", 4, Some(2), false, Some("2022-02-10"), Some("19:15:00"), "2024-03-02T04:19:01Z", &[2, 8]),
    (15, "Moss Seeds", "special_15", "Zc-1555", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "3.10", 1000000, None, false, "published", 5, Some(3), false, Some("2023-03-15"), Some("23:59:59.999999"), "2024-03-10T10:32:02Z", &[3]),
    (16, "Novel: The Sea", "p-16", "AQ-1592", "", "0.00", 7, Some(4.5), true, "archived", 1, Some(1), false, None, None, "2024-03-19T17:45:00Z", &[]),
    (17, "Oven Mitt", "p-17", "Ba-1629", "Oven Mitt in a box.", "9.99", 0, Some(3.0), true, "draft", 2, None, false, Some("2021-05-25"), Some("22:00:00"), "2024-03-29T00:58:01Z", &[5]),
    (18, "Pétanque Set", "p-18", "Kb-1666", "Plain text with bread and sea.", "9.99", 5, Some(1.25), false, "published", 3, Some(2), false, Some("2022-06-02"), Some("23:15:00"), "2024-04-07T08:11:02.123456Z", &[6, 12]),
    (19, "Power Bank", "p-19", "Xc-1703", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "19.50", 5, Some(5.0), true, "published", 4, Some(3), false, Some("2023-07-07"), None, "2024-04-15T15:24:00Z", &[7]),
    (20, "Quince Tree", "special_20", "ZQ-1740", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "100.00", 12, Some(3.0), true, "archived", 5, Some(1), false, None, Some("01:45:00"), "2024-04-24T21:37:01.500000Z", &[2, 8]),
    (21, "Reader's Digest", "p-21", "Aa-1777", "", "5.25", 100, Some(0.0), false, "draft", 1, None, true, Some("2021-09-17"), Some("02:00:00"), "2024-05-04T04:50:02Z", &[]),
    (22, "Salt & Pepper", "p-22", "Bb-1814", "Salt & Pepper in a box.", "1999.99", 3, None, true, "published", 2, Some(2), false, Some("2022-10-22"), None, "2024-05-12T12:03:00Z", &[4, 10]),
    (23, "Trottinette", "p-23", "Kc-1851", "Plain text with bread and sea.", "9.99", 1000000, Some(4.5), true, "published", 3, Some(3), false, Some("2023-11-27"), Some("04:30:00"), "2024-05-21T19:16:01Z", &[11]),
    (24, "USB Hub", "p-24", "XQ-1888", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "49.00", 7, Some(3.0), false, "archived", 4, Some(1), false, None, Some("05:45:00"), "2024-05-31T02:29:02.123456Z", &[6, 12]),
    (25, "Vine Trellis", "special_25", "Za-1925", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "250.00", 0, Some(1.25), true, "draft", 5, None, false, Some("2021-01-09"), None, "2024-06-08T08:42:00Z", &[1]),
    (26, "World History", "p-26", "Ab-1962", "", "12.34", 5, Some(5.0), true, "published", 1, Some(2), false, Some("2022-02-14"), Some("07:15:00"), "2024-06-17T15:55:01Z", &[]),
    (27, "Whisk", "p-27", "Bc-1999", "Whisk in a box.", "0.50", 5, Some(3.0), false, "published", 2, Some(3), false, Some("2023-03-19"), Some("08:30:00"), "2024-06-26T23:08:02Z", &[3]),
    (28, "Xylophone", "p-28", "KQ-2036", "Plain text with bread and sea.", "75.00", 12, Some(0.0), true, "archived", 3, Some(1), false, None, None, "2024-07-06T06:21:00Z", &[4, 10]),
    (29, "Y-Splitter", "p-29", "Xa-2073", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "19.50", 100, None, true, "draft", 4, None, false, Some("2021-05-01"), Some("23:59:59.999999"), "2024-07-14T12:34:01Z", &[5]),
    (30, "Zinnia Seeds", "special_30", "Zb-2110", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "3.10", 3, Some(4.5), false, "published", 5, Some(2), false, Some("2022-06-06"), Some("11:15:00"), "2024-07-23T19:47:02.500000Z", &[6, 12]),
    (31, "atlas of stars", "p-31", "Ac-2147", "", "1.00", 1000000, Some(3.0), true, "published", 1, Some(3), false, Some("2023-07-11"), None, "2024-08-02T03:00:00Z", &[]),
    (32, "bread box", "p-32", "BQ-2184", "bread box in a box.", "9.99", 7, Some(1.25), true, "archived", 2, Some(1), false, None, Some("13:45:00"), "2024-08-10T10:13:01Z", &[2, 8]),
    (33, "Ballon 5\"", "p-33", "Ka-2221", "Plain text with bread and sea.", "9.99", 0, Some(5.0), false, "draft", 3, None, true, Some("2021-09-21"), Some("14:00:00"), "2024-08-19T17:26:02Z", &[9]),
    (34, "desk fan 100%", "p-34", "Xb-2258", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "19.50", 5, Some(3.0), true, "published", 4, Some(2), false, Some("2022-10-26"), None, "2024-08-28T23:39:00Z", &[4, 10]),
    (35, "Earthworm_Kit", "special_35", "Zc-2295", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "100.00", 5, Some(0.0), true, "published", 5, Some(3), false, Some("2023-11-03"), Some("16:30:00"), "2024-09-07T06:52:01Z", &[11]),
    (36, "Книга", "p-36", "AQ-2332", "", "5.25", 12, None, false, "archived", 1, Some(1), false, None, Some("23:59:59.999999"), "2024-09-15T14:05:02.123456Z", &[]),
    (37, "日本茶碗", "p-37", "Ba-2369", "日本茶碗 in a box.", "1999.99", 100, Some(4.5), true, "draft", 2, None, false, Some("2021-01-13"), None, "2024-09-24T21:18:00Z", &[1]),
    (38, "Kite", "p-38", "Kb-2406", "Plain text with bread and sea.", "9.99", 3, Some(3.0), true, "published", 3, Some(2), false, Some("2022-02-18"), Some("19:15:00"), "2024-10-04T03:31:01Z", &[2, 8]),
    (39, "Webcam", "p-39", "Xc-2443", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "49.00", 1000000, Some(1.25), false, "published", 4, Some(3), false, Some("2023-03-23"), Some("20:30:00"), "2024-10-12T10:44:02Z", &[3]),
    (40, "Wheelbarrow", "special_40", "ZQ-2480", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "99999999.99", 7, Some(5.0), true, "archived", 5, Some(1), false, None, None, "2024-10-21T17:57:00.500000Z", &[4, 10]),
    (41, "Poems", "p-41", "Aa-2517", "", "12.34", 0, Some(3.0), true, "draft", 1, None, false, Some("2021-05-05"), Some("22:00:00"), "2024-10-31T01:10:01Z", &[]),
    (42, "Pan", "p-42", "Bb-2554", "Pan in a box.", "0.50", 5, Some(0.0), false, "published", 2, Some(2), false, Some("2022-06-10"), Some("23:15:00"), "2024-11-09T08:23:02.123456Z", &[6, 12]),
    (43, "Puzzle 1000", "p-43", "Kc-2591", "Plain text with bread and sea.", "75.00", 5, None, true, "published", 3, Some(3), false, Some("2023-07-15"), None, "2024-11-17T14:36:00Z", &[7]),
    (44, "Phone", "p-44", "XQ-2628", "Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. Long. End.", "19.50", 12, Some(4.5), true, "archived", 4, Some(1), false, None, Some("01:45:00"), "2024-11-26T21:49:01Z", &[2, 8]),
    (45, "Pruner", "special_45", "Za-2665", "Ünïcödé ✓ <b>tag</b> \"quoted\"\nsecond line", "3.10", 100, Some(3.0), false, "draft", 5, None, false, Some("2021-09-25"), Some("02:00:00"), "2024-12-06T05:02:02Z", &[9]),
];

/// id, name, slug.
pub(super) const CATEGORIES: &[(i32, &str, &str)] = &[
    (1, "Books", "books"),
    (2, "Kitchen & Home", "kitchen"),
    (3, "Jeux d'été", "jeux"),
    (4, "Electronics", "electronics"),
    (5, "Garden", "garden"),
    (6, "Empty shelf", "empty-shelf"),
];

/// id, name.
pub(super) const TAGS: &[(i32, &str)] = &[
    (1, "new"),
    (2, "sale"),
    (3, "eco"),
    (4, "gift"),
    (5, "rare"),
    (6, "heavy"),
    (7, "light"),
    (8, "café"),
    (9, "bulk"),
    (10, "handmade"),
    (11, "import"),
    (12, "last chance"),
];

/// Products with reviews.
pub(super) const REVIEWED: &[i32] = &[
    1, 2, 3, 5, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 34,
];

/// id, username.
pub(super) const USERS: &[(i32, &str)] = &[(1, "admin"), (2, "alice"), (3, "bob"), (4, "inactive")];
