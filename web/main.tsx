import '@mantine/core/styles/baseline.layer.css';
import '@mantine/core/styles/global.layer.css';
import './styles/text.css';
import './styles/tables.css';
import './styles/frame.css';
import './styles/parts.css';
import './styles/forms.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { meQuery } from './api/me.ts';
import { queryClient } from './api/query-client.ts';
import { Corner } from './components/corner.tsx';
import { LanguageProvider } from './i18n/provider.tsx';
import { fetchFirstPage } from './lib/first-page.ts';
import { showLettersFirst } from './lib/letters-first.ts';
import { router } from './router.tsx';
import { cssVariables, theme } from './theme.ts';

showLettersFirst();
// While the messages are loading. The frame shows what goes wrong.
queryClient
  .fetchQuery(meQuery)
  .then((me) => me && fetchFirstPage(router))
  .catch(() => {});

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      // Mantine writes all CSS variables itself, so that no stylesheet for them has to be loaded.
      deduplicateCssVariables={false}
      defaultColorScheme="auto"
    >
      <LanguageProvider>
        <QueryClientProvider client={queryClient}>
          <Corner />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LanguageProvider>
    </MantineProvider>
  </StrictMode>,
);
