// One dashboard in view mode, its data sources replaced by rows that are given: `definition` is set by the page.
import React from 'react';
import { createRoot } from 'react-dom/client';
import { DashboardContextProvider } from '@splunk/dashboard-context';
import * as core from '@splunk/dashboard-core';
import * as enterprise from '@splunk/dashboard-presets/EnterprisePreset';
import * as cloud from '@splunk/dashboard-presets/CloudViewOnlyPreset';
import { SplunkThemeProvider } from '@splunk/themes';

// The packages are CommonJS: what a bundler makes of their default export differs.
const module = (loaded) => loaded.default?.default ?? loaded.default ?? loaded;
const DashboardCore = module(core);
const preset = {
    ...module(enterprise),
    // Enterprise's own asks a Splunk server who the user is.
    inputs: { ...module(enterprise).inputs, 'input.timerange': module(cloud).inputs['input.timerange'] },
};

createRoot(document.getElementById('root')).render(
    <SplunkThemeProvider family="enterprise" colorScheme="dark">
        <DashboardContextProvider initialDefinition={window.definition} preset={preset} initialMode="view">
            <DashboardCore width="100%" height="100vh" />
        </DashboardContextProvider>
    </SplunkThemeProvider>
);
