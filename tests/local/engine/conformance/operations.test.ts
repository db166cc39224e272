import { conformAsRecorded } from "./lib/conform";

conformAsRecorded("operations", "providers");
