/** Loaded on first use: it is the slowest part of the plugin's start, and a plugin may never need a token. */
export const loadIdentity = () => import("@azure/identity");
export type Identity = Awaited<ReturnType<typeof loadIdentity>>;
