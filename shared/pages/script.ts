import type { Challenge } from '../proof-of-work.ts'

/**
 * Puts the browser's zone where nobody chose one yet. Where the browser has an older name for it (it may say
 * Asia/Calcutta), the option that means the same is found by asking what each option is called. A browser that does not know
 * its zone says nothing, or Etc/Unknown: then what stands there stays.
 */
const guessZone = `try{const n=z=>new Intl.DateTimeFormat('en',{timeZone:z}).resolvedOptions().timeZone,z=n();if(z&&z!=='Etc/Unknown')for(const s of document.querySelectorAll('[data-guess]')){const d=s.value;s.value=z;if(!s.value)s.value=[...s.options].map(o=>o.value).find(v=>{try{return n(v)===z}catch{}})||d}}catch{}`

/**
 * Works out the page's challenge, of which each form has a copy, once everything is shown. Some hundred numbers at a time,
 * so that a slow phone answers to a finger in between. A browser without `crypto.subtle`, which there is only over https
 * and on localhost, leaves the fields empty.
 */
const solve = `addEventListener('load',async()=>{try{const f=[...document.querySelectorAll('[data-challenge]')],{maxnumber:m,...c}=JSON.parse(f[0].dataset.challenge),e=new TextEncoder,x=b=>[...new Uint8Array(b)].map(v=>v.toString(16).padStart(2,0)).join('');for(let n=0;n<=m;n+=256){const d=await Promise.all(Array.from({length:256},(_,i)=>crypto.subtle.digest(c.algorithm,e.encode(c.salt+(n+i))))),i=d.findIndex(b=>x(b)===c.challenge);if(i>=0){for(const s of f)s.value=btoa(JSON.stringify({...c,number:n+i}));break}await new Promise(r=>setTimeout(r))}}catch{}})`

const guessAndSolve = `${guessZone};${solve}`

/** The one script of a page with our forms. */
export const formScript = (challenge: Challenge | undefined): string => (challenge ? guessAndSolve : guessZone)
