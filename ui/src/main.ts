// Starts the page.
// Not here: anything else.
// Invariant: one live state, hence one event stream, a page.
import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { Live } from './state/live.svelte';
import { speech } from './words/language.svelte';

speech.start();
const live = new Live();
window.__yiwang = live.trace;
live.start(new AbortController().signal);

const page = document.getElementById('page');
if (page) mount(App, { target: page, props: { live } });
