// Moves the explorers of a page. All states of an explorer are in the page, deflated; moving a control puts the
// texts of one state into the picture's slots and into the readouts. No dependencies, no global names.
(() => {
  'use strict'

  const PLAY_MS = 90

  const read = async (reader) => {
    const decoder = new TextDecoder()
    let text = ''
    for (;;) {
      const {done, value} = await reader.read()
      text += decoder.decode(value, {stream: !done})
      if (done) return text
    }
  }

  const unpack = async (base64) => {
    const plain = atob(base64)
    const bytes = new Uint8Array(plain.length)
    for (let i = 0; i < plain.length; i++) bytes[i] = plain.charCodeAt(i)  // quicker than a function for each byte
    // Written and read by hand: a Blob and a Response would each wait for the rest of a page that is being laid out.
    const inflate = new DecompressionStream('deflate')
    const writer = inflate.writable.getWriter()
    const [text] = await Promise.all([read(inflate.readable.getReader()), writer.write(bytes), writer.close()])
    return JSON.parse(text)
  }

  // A text is written whole, or as a change of an earlier one: how far back, what stays at both ends, what is new.
  const unfold = (changes) => {
    const texts = []
    for (const change of changes) {
      if (typeof change === 'string') { texts.push(change); continue }
      const [back, start, end, between] = change
      const before = texts[texts.length - back]
      texts.push(before.slice(0, start) + between + before.slice(before.length - end))
    }
    return texts
  }

  // Which text each state shows: 0 is the next that was not yet shown, k + 1 is text k again.
  const recall = (coded) => {
    let shown = 0
    return coded.map((k) => k === 0 ? shown++ : k - 1)
  }

  // The parts of a frame that a move changes: what stands in quotes and what stands between tags.
  const VALUES = /"[^"]*"|>[^<]+</g

  // A place in the picture. In most moves only numbers change; they go into the elements that are there, which is
  // quicker than to make new ones.
  class Slot {
    constructor(place) { this.place = place }

    show(text) {
      const values = text.match(VALUES) ?? []
      const shape = text.includes('&') ? null : text.replace(VALUES, '"')
      if (shape === null || shape !== this.shape) this.fill(text)
      else this.change(values)
      this.values = values
      this.shape = shape
    }

    fill(text) {
      this.place.innerHTML = text
      this.nodes = null
    }

    change(values) {
      this.nodes ??= this.find()
      values.forEach((value, k) => { if (value !== this.values[k]) this.nodes[k].nodeValue = value.slice(1, -1) })
    }

    // Attributes and texts, in the order in which they are written.
    find() {
      const nodes = [], walk = document.createTreeWalker(this.place, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT)
      while (walk.nextNode()) nodes.push(...walk.currentNode.attributes ?? [walk.currentNode])
      return nodes
    }
  }

  class Readout {
    constructor(place) { this.place = place }

    show(text) { this.place.textContent = text }
  }

  // '#slug&p=3&q=5' sets the explorer 'slug': what an instructor links to.
  const addressed = (slug) => {
    const [first, ...rest] = decodeURIComponent(location.hash.slice(1)).split('&')
    return first === slug ? new Map(rest.map((pair) => pair.split('='))) : null
  }

  class Explorer {
    constructor(root) {
      this.root = root
      this.slug = root.dataset.explorer
      this.controls = [...root.querySelectorAll('.kl-controls [name]')]
      this.texts = this.controls.map((c) => JSON.parse(c.dataset.texts))
      this.start = this.controls.map((c) => Number(c.getAttribute('value') ?? c.selectedIndex))
      // Slots stand in the order in which they are drawn, columns in the order of their numbers.
      const slots = [...root.querySelectorAll('[data-slot]')].sort((a, b) => a.dataset.slot - b.dataset.slot)
      this.places = [...slots.map((g) => new Slot(g)), ...[...root.querySelectorAll('output')].map((o) => new Readout(o))]
      this.shown = this.places.map(() => null)
    }

    async load() {
      const columns = await unpack(this.root.querySelector('.kl-frames').textContent)
      this.columns = columns.map(([changes, at]) => [unfold(changes), recall(at)])
      const states = this.texts.reduce((n, texts) => n * texts.length, 1)
      const whole = this.columns.length === this.places.length &&
        this.columns.every(([texts, at]) => at.length === states && at.every((i) => i in texts))
      if (!whole) throw new Error('the frames do not fit the controls')
    }

    ready() {
      this.controls.forEach((control, k) => {
        control.addEventListener('input', () => { this.stop(); this.show() })
        control.addEventListener('change', () => this.keep())
        control.value = this.start[k]
      })
      for (const button of this.root.querySelectorAll('.kl-controls button, .kl-controls [name]')) button.disabled = false
      this.root.querySelector('.kl-reset').addEventListener('click', () => { this.stop(); this.set(this.start); this.keep() })
      this.root.querySelector('.kl-copy').addEventListener('click', () => this.copy())
      for (const button of this.root.querySelectorAll('.kl-play')) button.addEventListener('click', () => this.play(button))
      this.follow()
      addEventListener('hashchange', () => this.follow(true))
      this.root.dataset.ready = ''
    }

    get setting() { return this.controls.map((c) => Number(c.value)) }

    set(setting) {
      this.controls.forEach((control, k) => { control.value = setting[k] })
      this.show()
    }

    // The last control changes fastest.
    show() {
      const setting = this.setting
      const state = setting.reduce((n, value, k) => n * this.texts[k].length + value, 0)
      this.columns.forEach(([texts, at], k) => {
        const which = at[state]
        if (this.shown[k] === which) return
        this.shown[k] = which
        this.places[k].show(texts[which])
      })
      this.controls.forEach((control, k) => {
        const text = this.texts[k][setting[k]]
        if (control.type !== 'range' || control.getAttribute('aria-valuetext') === text) return
        control.setAttribute('aria-valuetext', text)
        control.parentElement.querySelector('.kl-now').textContent = text
      })
    }

    address() {
      const pairs = this.controls.map((c, k) => `&${c.name}=${encodeURIComponent(this.texts[k][c.value])}`)
      return `#${this.slug}${pairs.join('')}`
    }

    // The address follows the setting without a new entry in the history: 'back' leaves the page as always.
    keep() { history.replaceState(history.state, '', this.address()) }

    follow(scroll = false) {
      const wanted = addressed(this.slug)
      if (!wanted) return
      const setting = this.controls.map((c, k) => {
        const i = this.texts[k].indexOf(wanted.get(c.name))
        return i < 0 ? this.start[k] : i
      })
      this.stop()
      this.set(setting)
      if (!scroll && !wanted.size) return
      if (document.readyState === 'complete') this.root.scrollIntoView()
      else addEventListener('load', () => this.root.scrollIntoView(), {once: true})  // nothing has its place before
      if (scroll) this.controls[0].focus({preventScroll: true})
    }

    async copy() {
      this.keep()
      try {
        await navigator.clipboard.writeText(location.href)
        this.say('Link to this setting copied.')
      } catch {
        this.say(`Link to this setting: ${location.href}`)
      }
    }

    say(sentence) {
      const note = this.root.querySelector('.kl-side > .kl-note')
      note.textContent = sentence
      note.hidden = false
    }

    play(button) {
      if (this.timer) return this.stop()
      const slider = this.controls.find((c) => c.name === button.dataset.plays)
      if (Number(slider.value) >= Number(slider.max)) slider.value = 0
      this.show()
      // Who asked for less motion gets one step for each press.
      if (matchMedia('(prefers-reduced-motion: reduce)').matches) { slider.value = Number(slider.value) + 1; this.show(); return this.keep() }
      this.playing = button
      button.setAttribute('aria-pressed', 'true')
      this.timer = setInterval(() => {
        slider.value = Number(slider.value) + 1
        this.show()
        if (Number(slider.value) >= Number(slider.max)) { this.stop(); this.keep() }
      }, PLAY_MS)
    }

    stop() {
      clearInterval(this.timer)
      this.timer = 0
      this.playing?.setAttribute('aria-pressed', 'false')
    }

    fail(error) {
      this.root.dataset.error = ''
      const why = typeof DecompressionStream === 'undefined'
        ? 'this browser is too old to unpack the pictures (it has no DecompressionStream)'
        : `the pictures of this page are damaged (${error.message})`
      this.say(`The controls are off because ${why}. The picture above is the one they begin with.`)
    }
  }

  const begin = async (root) => {
    const explorer = new Explorer(root)
    try {
      await explorer.load()
      explorer.ready()
    } catch (error) {
      explorer.fail(error)
    }
  }

  const begun = new Set()
  const all = () => {
    // What follows the frames is there, so all of them have been read.
    for (const {parentElement: root} of document.querySelectorAll('.kl-frames + noscript')) {
      if (begun.has(root)) continue
      begun.add(root)
      begin(root)
    }
  }
  all()
  if (document.readyState === 'loading') {
    // Each explorer as soon as it has been read, and not when the page, its styles and other scripts are all there.
    const reading = new MutationObserver(all)
    reading.observe(document, {childList: true, subtree: true})
    document.addEventListener('readystatechange', () => { reading.disconnect(); all() }, {once: true})
  }
})()
