import { z } from "zod";

const rouge = z.number().min(0, "at least 0").max(1, "at most 1").optional();

/** The limits of a job's model. */
export const gateSchema = z.object({
  maxEvalLoss: z.number().positive("more than 0").optional(),
  notWorseThanServing: z.boolean().optional(),
  minRouge1: rouge,
  minRouge2: rouge,
  minRougeL: rouge,
  minRougeLsum: rouge,
  onMiss: z.enum(["fail", "keepServing"]).optional(),
  /** The endpoint whose model serves, and the name under which the stack registers models. */
  endpointName: z.string().optional(),
  modelName: z.string().optional(),
});

export type Gate = z.infer<typeof gateSchema>;
