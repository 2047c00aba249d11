import { queryClient } from "./query-client";
import { openTabs } from "./tabs";
import { TestrunStore } from "./testrun-store";

/** The one store of this page. */
export const testrunStore = new TestrunStore(queryClient, openTabs());
