const filter = document.getElementById("filter");
filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase();
  for (const section of document.querySelectorAll("section")) {
    const named = section.querySelector("h2").textContent.toLowerCase().includes(wanted);
    let shown = 0;
    for (const row of section.querySelectorAll("tbody tr")) {
      const fits = named || row.firstChild.textContent.toLowerCase().includes(wanted);
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    section.hidden = shown === 0;
  }
});
