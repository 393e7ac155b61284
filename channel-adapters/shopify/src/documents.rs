//! What Shopify is asked, as it reads it. What lies in lists is asked for in pages that stay below the thousand points that
//! one call may cost; amounts are those that the buyer sees.

/// The fields of a line, with the end of its page.
macro_rules! lines {
    () => {
        "nodes { id sku title variantTitle quantity currentQuantity variant { id } \
         discountedUnitPriceAfterAllDiscountsSet { ...Seen } } pageInfo { hasNextPage endCursor }"
    };
}

/// The fields of what is in a parcel.
macro_rules! parcel_lines {
    () => {
        "nodes { id quantity lineItem { id } } pageInfo { hasNextPage endCursor }"
    };
}

/// The fields of what comes back.
macro_rules! return_lines {
    () => {
        "nodes { ... on ReturnLineItem { quantity returnReasonNote fulfillmentLineItem { id lineItem { id } } } } \
         pageInfo { hasNextPage endCursor }"
    };
}

macro_rules! seen {
    () => {
        " fragment Seen on MoneyBag { presentmentMoney { amount currencyCode } }"
    };
}

/// An order with its money and the first page of its lines.
pub(crate) const ORDER: &str = concat!(
    "query Order($id: ID!) { order(id: $id) { id name createdAt processedAt updatedAt cancelledAt ",
    "cancellation { staffNote } email phone taxesIncluded refundable ",
    "customer { id displayName defaultEmailAddress { emailAddress } defaultPhoneNumber { phoneNumber } } ",
    "shippingAddress { name address1 address2 zip city provinceCode countryCodeV2 phone } ",
    "subtotalPriceSet { ...Seen } totalShippingPriceSet { ...Seen } totalTaxSet { ...Seen } ",
    "totalTipReceivedSet { ...Seen } originalTotalDutiesSet { ...Seen } originalTotalAdditionalFeesSet { ...Seen } ",
    "totalPriceSet { ...Seen } totalReceivedSet { ...Seen } totalRefundedSet { ...Seen } ",
    "transactions(first: 100) { id kind status processedAt formattedGateway amountSet { ...Seen } ",
    "paymentDetails { ... on CardPaymentDetails { number } } } ",
    "refunds(first: 100) { id createdAt note totalRefundedSet { ...Seen } } ",
    "lineItems(first: 100) { ",
    lines!(),
    " } } }",
    seen!()
);

/// The next page of an order's lines.
pub(crate) const LINES: &str = concat!(
    "query Lines($id: ID!, $after: String) { node: order(id: $id) { lineItems(first: 250, after: $after) { ",
    lines!(),
    " } } }",
    seen!()
);

/// What was sent of an order and what comes back.
pub(crate) const PARCELS: &str = concat!(
    "query Parcels($id: ID!) { order(id: $id) { ",
    "fulfillments(first: 25) { id status displayStatus createdAt deliveredAt estimatedDeliveryAt ",
    "trackingInfo(first: 1) { company number url } ",
    "events(first: 10, sortKey: HAPPENED_AT, reverse: true) { nodes { happenedAt status message city country } } ",
    "fulfillmentOrders(first: 1) { nodes { deliveryMethod { minDeliveryDateTime maxDeliveryDateTime } } } ",
    "fulfillmentLineItems(first: 5) { ",
    parcel_lines!(),
    " } } ",
    "returns(first: 10, reverse: true) { nodes { id status createdAt ",
    "reverseFulfillmentOrders(first: 1) { nodes { reverseDeliveries(first: 1) { nodes { deliverable { ",
    "... on ReverseDeliveryShippingDeliverable { label { publicFileUrl } } } } } } } ",
    "returnLineItems(first: 5) { ",
    return_lines!(),
    " } } } } }"
);

/// The next page of what is in a parcel.
pub(crate) const PARCEL_LINES: &str = concat!(
    "query ParcelLines($id: ID!, $after: String) { node: fulfillment(id: $id) { ",
    "fulfillmentLineItems(first: 250, after: $after) { ",
    parcel_lines!(),
    " } } }"
);

/// The next page of what comes back.
pub(crate) const RETURN_LINES: &str = concat!(
    "query ReturnLines($id: ID!, $after: String) { node: return(id: $id) { returnLineItems(first: 250, after: $after) { ",
    return_lines!(),
    " } } }"
);

/// The newest orders that a search finds, by their ids.
pub(crate) const FIND: &str = "query Find($query: String!) { orders(first: 20, query: $query, sortKey: CREATED_AT, \
    reverse: true) { nodes { id name email customer { id } } } }";

/// Customers that a search finds.
pub(crate) const CUSTOMERS: &str = "query Customers($query: String!) { customers(first: 10, query: $query) { nodes { id \
    defaultPhoneNumber { phoneNumber } } } }";

/// Products by their number, and by words of their title.
pub(crate) const PRODUCTS: &str = "query Products($sku: String!, $title: String!) { shop { currencyCode } \
    exact: productVariants(first: 10, query: $sku) { nodes { ...Sold product { title description(truncateAt: 300) } } } \
    titled: products(first: 10, query: $title) { nodes { title description(truncateAt: 300) \
    variants(first: 5) { nodes { ...Sold } } } } } \
    fragment Sold on ProductVariant { sku title price inventoryQuantity inventoryItem { tracked } }";

/// What tells whether the shop can be read.
pub(crate) const CHECK: &str =
    "query Check { shop { myshopifyDomain } currentAppInstallation { accessScopes { handle } } }";

/// What Shopify would give back at most, and for these lines.
pub(crate) const SUGGESTION: &str = concat!(
    "query Suggestion($id: ID!, $lines: [RefundLineItemInput!], $named: Boolean!) { order(id: $id) { ",
    "all: suggestedRefund(suggestFullRefund: true) { suggestedTransactions { gateway parentTransaction { id } ",
    "amountSet { ...Seen } maximumRefundableSet { ...Seen } } } ",
    "part: suggestedRefund(refundLineItems: $lines) @include(if: $named) { amountSet { ...Seen } } } }",
    seen!()
);

/// Gives money back, once for each key.
pub(crate) const REFUND: &str = concat!(
    "mutation Refund($input: RefundInput!, $key: String!) { refundCreate(input: $input) @idempotent(key: $key) { ",
    "refund { id totalRefundedSet { ...Seen } } userErrors { field message } } }",
    seen!()
);

/// Stops an order, and gives its money back the way it was paid.
pub(crate) const CANCEL: &str = "mutation Cancel($id: ID!, $note: String!) { orderCancel(orderId: $id, reason: CUSTOMER, \
    refundMethod: { originalPaymentMethodsRefund: true }, restock: true, notifyCustomer: false, staffNote: $note) { \
    job { id done } orderCancelUserErrors { field message code } } }";

/// Whether Shopify is through with what it does by itself.
pub(crate) const JOB: &str = "query Job($id: ID!) { job(id: $id) { id done } }";

/// The reasons that a return may have.
pub(crate) const REASONS: &str = "query Reasons { named: returnReasonDefinitions(first: 2, handles: [\"other\", \"unknown\"]) \
    { nodes { id } } any: returnReasonDefinitions(first: 5) { nodes { id deleted } } }";

/// Opens a return.
pub(crate) const RETURN: &str = "mutation Return($input: ReturnInput!) { returnCreate(returnInput: $input) { \
    return { id status } userErrors { field message code } } }";

/// Sends elsewhere.
pub(crate) const MOVE: &str = "mutation Move($input: OrderInput!) { orderUpdate(input: $input) { order { id } \
    userErrors { field message } } }";

/// The draft that was claimed for a key.
pub(crate) const CLAIMED: &str = "query Claimed($id: ID!, $key: String!) { order(id: $id) { \
    metafield(namespace: \"resolute\", key: $key) { value } } }";

/// Writes something down at an order, if nothing is written there under its name.
pub(crate) const CLAIM: &str = "mutation Claim($fields: [MetafieldsSetInput!]!) { metafieldsSet(metafields: $fields) { \
    metafields { value } userErrors { field message code } } }";

/// Drafts an order.
pub(crate) const DRAFT: &str = concat!(
    "mutation Draft($input: DraftOrderInput!) { draftOrderCreate(input: $input) { draftOrder { id ",
    "totalPriceSet { ...Seen } } userErrors { field message } } }",
    seen!()
);

/// What became of a draft.
pub(crate) const DRAFTED: &str = "query Drafted($id: ID!) { draftOrder(id: $id) { id order { id name } } }";

/// Makes an order of a draft.
pub(crate) const COMPLETE: &str = "mutation Complete($id: ID!) { draftOrderComplete(id: $id) { draftOrder { id \
    order { id name } } userErrors { field message } } }";

/// Throws a draft away.
pub(crate) const DISCARD: &str = "mutation Discard($input: DraftOrderDeleteInput!) { draftOrderDelete(input: $input) { \
    deletedId userErrors { field message } } }";
