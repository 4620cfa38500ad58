/** The queue of what the function could not record. */
export const UNDELIVERED_ID = "undelivered";
