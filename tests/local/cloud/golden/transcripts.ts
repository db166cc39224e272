/** Reads transcripts of `npm run contract` as golden exchanges. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Exchange, Golden, Provenance } from "./exchange";

const exchange = z.strictObject({
  name: z.string(),
  provenance: z.string().regex(/^(recorded|inferred): .+/),
  send: z.string(),
  headers: z.record(z.string(), z.string()).optional(),
  body: z.unknown().optional(),
  status: z.number(),
  has: z.record(z.string(), z.string()).optional(),
  returns: z.unknown().optional(),
});

const transcript = z.strictObject({
  format: z.literal(1),
  about: z.string(),
  statement: z.string(),
  outcome: z.enum(["confirmed", "refuted", "not settled"]),
  exchanges: z.array(exchange),
});

/**
 * The exchanges of a transcript (docs/azure-behaviour.md, "Transcripts").
 * @throws ZodError for a file of another form
 */
export function goldenFrom(file: string, needs: Golden["needs"]): Golden {
  const { about, exchanges } = transcript.parse(JSON.parse(readFileSync(file, "utf8")));
  return {
    about,
    needs,
    changesCloud: true,
    exchanges: exchanges.map(({ provenance, ...rest }): Exchange => ({
      ...rest,
      provenance: provenance as Provenance,
    })),
  };
}
