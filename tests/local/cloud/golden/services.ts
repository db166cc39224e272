/** Common parts of the golden exchanges of the services below a workspace. */
import type { Exchange, Json } from "./exchange";

export const PROVIDERS = "{group}/providers";
export const tags = { owner: "golden" };

/** The path that lists a type for the whole subscription. */
export const atSubscription = (type: string): string => `{sub}/providers/${type}`;

/** The answers of a name check, by provider; they have the same form. */
export function nameChecks(
  namespace: string,
  version: string,
  type: string,
  taken: { name: string; message: string },
): Exchange[] {
  const provenance = `documented: OpenAPI of ${namespace} ${version}, CheckNameAvailability` as const;
  const send = `POST {sub}/providers/${namespace}/checkNameAvailability?api-version=${version}`;
  const body = (name: string): Json => ({ name, type });
  return [
    {
      name: "a free name is available",
      provenance,
      send,
      body: body("nobodyhasthis"),
      status: 200,
      returns: { nameAvailable: true },
    },
    {
      name: "a taken name is not available",
      provenance,
      send,
      body: body(taken.name),
      status: 200,
      returns: { nameAvailable: false, reason: "AlreadyExists", message: taken.message },
    },
  ];
}
