//! The generic HTTP order source: any shop that serves four JSON endpoints.
//!
//! This page is also the contract for the merchant who builds them. All paths lie under the address that is configured
//! for the connection, for example `https://shop.example/support`.
//!
//! # Rules for all endpoints
//!
//! - JSON in UTF-8, `https`, an answer of at most 2 MB, better within two seconds. Fields that we do not know are
//!   ignored; fields that you do not have may be `null` or missing unless they are named *required*.
//! - Money is `{"amount": "42.00", "currency": "EUR"}`: a decimal *string* and an ISO 4217 code, never a number. No more
//!   decimals than the currency has (`"4200"` for JPY). One currency for each order. Nothing is negative but the price of
//!   a discount line.
//! - Times are RFC 3339 in UTC: `"2026-11-20T09:30:00Z"`.
//! - Ids are text of your choice. They are percent-encoded in paths.
//! - Redirects are followed on reads within your host only, and never count for actions.
//!
//! # Signature
//!
//! Every request of ours carries `X-Signature: t=<unix seconds>,v1=<hex>`, where `<hex>` is HMAC-SHA256 with the shared
//! secret (16 characters or more) over `<unix seconds>` + `.` + the raw body (empty for GET). Compute it over the bytes
//! as received, compare in constant time, and refuse (401) what is more than 300 seconds away from your clock. Accept two
//! secrets while one is being changed. You sign your hooks to us in the same way; of several `v1` one must match.
//! When a secret is replaced at the desk, hooks signed with the one before count for another 24 hours, or until somebody ends
//! it there.
//!
//! Check the signature with secret `the-current-secret`, time `1800000000` and body `{"order_id":"o1"}`:
//! `v1=4cb965c9fc9e55a5ee3119925e94d8b0492ba1261f89f9f613db3009699cb302`.
//!
//! # `GET /orders`
//!
//! With exactly one of `number`, `email`, `phone` (E.164), `tracking`, and `cursor` for a further page. Compare numbers
//! without case and without a leading `#`, addresses without case. Newest first. Nothing found is `200` with an empty
//! list, *not* `404`. Orders of another buyer, number or parcel than was asked for are dropped. We read at most 20
//! orders.
//!
//! ```json
//! {
//!   "orders": [{
//!     "id": "ord_8842",
//!     "number": "FJ-20417",
//!     "status": "partly_shipped",
//!     "placed_at": "2026-11-18T08:12:00Z",
//!     "updated_at": "2026-11-20T09:30:00Z",
//!     "buyer": {"id": "c_77", "name": "Mara Lind", "email": "mara@example.org", "phone": "+4915112345678"},
//!     "shipping_address": {"name": "Mara Lind", "line1": "Hafenweg 3", "line2": "", "postal_code": "20457",
//!                          "city": "Hamburg", "region": "", "country": "DE"},
//!     "lines": [
//!       {"id": "l1", "sku": "CUP-BLUE", "title": "Stoneware cup", "variant": "blue", "ordered": 2, "current": 2,
//!        "fulfilled": 2, "unit_price": {"amount": "12.50", "currency": "EUR"}},
//!       {"id": "l2", "sku": "POT-1L", "title": "Tea pot", "variant": "1 l", "ordered": 1, "current": 1,
//!        "fulfilled": 0, "unit_price": {"amount": "39.00", "currency": "EUR"}}
//!     ],
//!     "shipping_price": {"amount": "4.90", "currency": "EUR"},
//!     "total": {"amount": "68.90", "currency": "EUR"},
//!     "payments": [{"id": "pay_1", "method": "card ending 4421",
//!                   "amount": {"amount": "68.90", "currency": "EUR"}, "at": "2026-11-18T08:12:05Z"}],
//!     "refunds": [],
//!     "shipments": [{
//!       "id": "shp_1", "carrier": "DHL", "tracking_number": "00340434161094",
//!       "tracking_url": "https://tracking.example/00340434161094", "status": "in_transit",
//!       "shipped_at": "2026-11-19T15:00:00Z",
//!       "promised": {"from": "2026-11-21T00:00:00Z", "to": "2026-11-22T20:00:00Z"},
//!       "estimated": {"from": "2026-11-21T10:00:00Z", "to": "2026-11-21T14:00:00Z"},
//!       "delivered_at": null,
//!       "lines": [{"line_id": "l1", "quantity": 2}],
//!       "events": [{"at": "2026-11-19T18:40:00Z", "text": "Arrived at the depot", "place": "Hamburg"}]
//!     }],
//!     "returns": [],
//!     "invoice_url": "https://shop.example/invoices/8842",
//!     "actions_allowed": [
//!       {"kind": "cancel", "refused_because": "Part of the order has been shipped."},
//!       {"kind": "refund"},
//!       {"kind": "return"},
//!       {"kind": "replace"},
//!       {"kind": "address", "refused_because": "Part of the order has been shipped."}
//!     ]
//!   }],
//!   "next_cursor": null
//! }
//! ```
//!
//! Required: `id`, `placed_at`, `total`; for a line `id`, `ordered`, `unit_price`; for a payment or refund `amount`. An
//! order that lacks one of them is left out, and a teammate is told if no other order was found.
//!
//! | field | meaning |
//! |---|---|
//! | `status` | `open`, `partly_shipped`, `shipped`, `delivered`, `cancelled`; anything else: we derive it from the lines |
//! | `updated_at` | grows with every change |
//! | `lines[].current` | still wanted after cancellations; `ordered` if missing |
//! | `lines[].unit_price` | for one piece, after discounts, with tax |
//! | `total` | what the buyer paid in all: lines and `shipping_price`, as the order was placed or as it is now. Up to a cent for each piece is rounding. Where it is further apart, where more was paid and not given back than the order costs, or more given back than was paid, we do nothing that moves money, whatever `actions_allowed` says, and a person looks |
//! | `buyer.methods[]` | how the buyer can pay at your shop: `{"id", "kind", "name", "brand", "ending", "balance"}` with `kind` `card`, `gift_card` (and `balance`) or anything else; `name` as in `payments[].method`. Leave it out if actions cannot name one |
//! | `payments` | money that was *taken*; what can be refunded is payments less refunds |
//! | `refunds[]` | `{"id", "amount", "method", "reason", "at"}`, never negative |
//! | `shipments[].status` | `packed`, `in_transit`, `out_for_delivery`, `attempt_failed`, `available_for_pickup`, `delivered`, `returning`, `exception` |
//! | `returns[]` | `{"id", "status", "lines", "reason", "label_url", "opened_at", "exchange"}`; `open`, `in_transit`, `received`, `closed`; one that was called off is left out. `exchange` is what you send for it: `[{"sku", "quantity"}]` |
//! | `entries[]` | what else you did for the order: `{"id", "at", "kind", …}` with `kind` `sent` (and `document`), `code` (and `code`, `expires_at`, `percent` or `amount`; one that was ended is left out) `note` (and `text`) or `items_changed` |
//! | `actions_allowed[]` | what you would do *now*. Not listed is refused; `refused_because` is a sentence for a person |
//!
//! # `GET /orders/{id}`
//!
//! One order as above, without an envelope, or `404`.
//!
//! # `GET /products?q=`
//!
//! Optional: `404` says that you do not offer it. Best first, at most 10; `q` holds a SKU or words of the title.
//! Required: `sku`, `price`. Leave `in_stock` out if you do not know it.
//!
//! ```json
//! {"products": [{"sku": "POT-1L", "title": "Tea pot", "variant": "1 l", "description": "Stoneware, dishwasher-safe.",
//!   "price": {"amount": "39.00", "currency": "EUR"}, "in_stock": 4, "restock_at": null}]}
//! ```
//!
//! # `POST /orders/{id}/actions/{action}`
//!
//! `action` is one of the table. Offer those that you do; what `actions_allowed` does not list is never asked. The body names the order, the action and the key
//! again, because the signature covers the body only: refuse (401) a body that differs from path and header.
//!
//! ```json
//! {"order_id": "ord_8842", "action": "refund", "idempotency_key": "0193-a7",
//!  "amount": {"amount": "12.50", "currency": "EUR"}, "lines": [{"line_id": "l1", "quantity": 1}],
//!  "reason": "One cup arrived broken."}
//! ```
//!
//! | action | fields | effect that must show in the order |
//! |---|---|---|
//! | `cancel` | `reason` | `status` is `cancelled`, and refunds equal payments |
//! | `refund` | `amount`, `lines` (may be empty), `reason`, sometimes `gives_back`: `full`, `lines`, `shipping` or `goodwill` | a new refund of exactly this amount; `reference` is its id |
//! | `return` | `lines`, `reason`, sometimes `settled_by` | a new return of exactly these lines; `reference` is its id |
//! | `replace` | `lines`, `reason` | a new parcel with these lines, `reference` is its id; or a new order with total zero, `reference` is its number |
//! | `address` | `address` (as `shipping_address`) | the new `shipping_address` |
//! | `exchange` | `changes`, `reason`, sometimes `settled_by` | a new return of exactly these lines, with what you send for them in `exchange`; `reference` is its id |
//! | `items` | `changes`, `reason`, sometimes `settled_by`; before shipping | each line holds what was asked for, or is empty and another line does |
//! | `document` | `document`: `order_confirmation`, `invoice`, `return_label` or `tracking` | you mailed it to the buyer's own address: a new entry `sent`; `reference` is its id |
//! | `code` | `percent` or `amount`, `expires_at`, `reason` | a code for this buyer that counts once: a new entry `code`; `reference` is its id |
//! | `note` | `text` | a new entry `note`, which the buyer never sees; `reference` is its id |
//! | `return-cancellation` | `id` of the return, `reason`; before the goods leave the buyer | the return is gone |
//! | `code-cancellation` | `id` of the entry, `reason` | the code does not count, and its entry is gone |
//! | `payment` | `settled_by`; before shipping | a new payment with this way, and a refund of the one before |
//!
//! `changes` is `[{"line_id", "quantity", "sku"}]`. In an exchange it is how many pieces come back, and what is sent for
//! them; in `items` what the line holds then (0 takes it out). You settle a difference in price, or answer `422`.
//! `settled_by` is the `id` of one of `buyer.methods`: where money goes back to, or what pays.
//!
//! `Idempotency-Key` (also in the body): the same key again, even at the same time, has no second effect and gives the
//! first answer. Keep keys for at least 30 days. While the first call is still running, wait, or answer `429`.
//!
//! | status | meaning | body |
//! |---|---|---|
//! | 200 | done | `{"reference": "ref_19"}` |
//! | 202 | taken, you work on it; it will show in the order | `{"reference": "ref_19"}` |
//! | 409 | the order changed, so that the action no longer fits: we read and decide again | `{"reason": "…"}` |
//! | 422 | you refuse; the reason is shown to a teammate | `{"reason": "The refund is more than was paid."}` |
//! | 429, or 503 with `Retry-After` | nothing was done, come again with the same key; `Retry-After` in seconds or as a date | |
//! | 401, 403 | the signature is wrong: a teammate must renew the connection | |
//! | 500, 502, 503 without `Retry-After`, 504, no answer | we do not know, and read the order before anything is repeated | |
//!
//! # Hooks: `POST` to `/hooks/orders/{connection}` of the desk
//!
//! Optional, signed as above. Tell us that an order changed; we read it again. Repeat until you get `200`, with the same
//! `event_id`.
//!
//! ```json
//! {"event_id": "evt_501", "type": "order.updated", "order_id": "ord_8842"}
//! ```

mod answers;
mod client;
mod convert;
pub mod hook;
mod select;
pub mod settings;
pub mod signature;
mod source;
mod statuses;
mod sums;
mod wire;

pub use client::redirects_within_shop;
pub use settings::{Secret, Secrets, Settings, SettingsError};
pub use source::HttpOrders;
