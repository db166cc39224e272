import type { z } from "zod";
import type { sections } from "./sections";

/** The valid sections. A section with mistakes is absent. */
export type ParsedSections = Partial<{ [Name in keyof typeof sections]: z.output<(typeof sections)[Name]> }>;

/** What rules between settings know beside the sections. */
export interface RuleContext {
  project: string;
  /** The region's name. Absent if it is not set or has mistakes. */
  location?: string;
  locationGiven: boolean;
  subscriptionId?: string;
  readFile(path: string): string;
}
