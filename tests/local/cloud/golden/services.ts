/** Common parts of the golden exchanges of the services below a workspace. */
export const PROVIDERS = "{group}/providers";
export const tags = { owner: "golden" };

/** The path that lists a type for the whole subscription. */
export const atSubscription = (type: string): string => `{sub}/providers/${type}`;
