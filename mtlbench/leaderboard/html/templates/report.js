'use strict';
// Sorts a table by the column whose heading is clicked. Cells without a value stay at the bottom in both directions.
function key(row, column) {
  const cell = row.cells[column];
  const value = Number.parseFloat(cell.dataset.value);
  return Number.isNaN(value) ? null : value;
}

function compare(a, b, column, sign, numeric) {
  if (!numeric) return sign * a.cells[column].textContent.localeCompare(b.cells[column].textContent);
  const [x, y] = [key(a, column), key(b, column)];
  if (x === null || y === null) return (x === null) - (y === null);
  return sign * (x - y);
}

function sort(table, heading, column) {
  const ascending = heading.getAttribute('aria-sort') !== 'ascending';
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const numeric = rows.some((row) => key(row, column) !== null);
  rows.sort((a, b) => compare(a, b, column, ascending ? 1 : -1, numeric));
  for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', ascending ? 'ascending' : 'descending');
  body.append(...rows);
}

for (const table of document.querySelectorAll('table.sortable')) {
  [...table.tHead.rows[0].cells].forEach((heading, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...heading.childNodes);
    button.addEventListener('click', () => sort(table, heading, column));
    heading.append(button);
  });
}
