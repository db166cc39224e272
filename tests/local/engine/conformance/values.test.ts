import { conformAsRecorded } from "./lib/conform";

conformAsRecorded("values", "identity", "failures");
