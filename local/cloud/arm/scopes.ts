/** Resources are nested up to twice. */
export const SCOPES = ["", "/resourceGroups/:group", ...[1, 2, 3].map(resourceScope)].map(
  (rest) => `/subscriptions/:subscription${rest}`,
);

function resourceScope(depth: number): string {
  const nested = Array.from({ length: depth }, (_, index) => `/:type${index}/:name${index}`).join("");
  return `/resourceGroups/:group/providers/:namespace${nested}`;
}
