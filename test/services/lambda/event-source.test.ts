import { anyCase } from "../../kind-suite/case.ts";
import { eventSourceCase } from "../../kind-suite/cases/event-source.ts";
import { kindSuite } from "../../kind-suite/suite.ts";

kindSuite(anyCase(eventSourceCase));
