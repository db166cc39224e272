// States of version 0.1.0 contain the path of this file. Keep it until no such state is left.
export { Handler } from "../purgeOnDestroy/handler";
