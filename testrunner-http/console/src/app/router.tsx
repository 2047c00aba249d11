import { createBrowserRouter } from "react-router";
import { config } from "../config";
import { Broken } from "./broken";
import { Layout } from "./layout";
import { NotFound } from "./not-found";

/** Each page is a chunk of its own, so that the first view loads little. */
export const router = createBrowserRouter(
  [
    {
      Component: Layout,
      ErrorBoundary: Broken,
      HydrateFallback: () => null,
      children: [
        {
          index: true,
          lazy: async () => ({ Component: (await import("../features/testruns/list-page")).ListPage }),
        },
        {
          path: "new",
          lazy: async () => ({ Component: (await import("../features/create/create-page")).CreatePage }),
        },
        {
          path: "testruns/:id",
          lazy: async () => ({ Component: (await import("../features/detail/detail-page")).DetailPage }),
        },
        {
          path: "workers",
          lazy: async () => ({ Component: (await import("../features/workers/workers-page")).WorkersPage }),
        },
        {
          path: "insights",
          lazy: async () => ({
            Component: (await import("../features/insights/insights-page")).InsightsPage,
          }),
        },
        { path: "*", Component: NotFound },
      ],
    },
  ],
  { basename: config.prefix || "/" },
);
