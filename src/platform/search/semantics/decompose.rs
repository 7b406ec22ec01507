//! The directions in which the rows of a sparse matrix differ most: its leading right singular vectors. Pure.
//!
//! Subspace iteration from a fixed pseudo-random start (Halko, Martinsson, Tropp 2011, "Finding structure with
//! randomness", algorithm 4.4). What is wanted are angles between projections, which no rotation within the subspace
//! changes: so the vectors are not told apart, and no eigenproblem is solved.

use crate::platform::search::numbers::narrow;

/// One row: columns and what stands there, no column twice.
pub(super) type Row = Vec<(u32, f32)>;

/// Each multiplication by the matrix brings the subspace nearer; after four, angles no longer change what is found.
const ROUNDS: usize = 4;

/// A basis of the `dimensions` leading right singular vectors, orthonormal: for each of `columns` so many numbers, one
/// after the other. A direction that the rows do not have is zero. `None` when it should not go on.
pub(super) fn leading(
    rows: &[Row],
    (columns, dimensions): (usize, usize),
    goes_on: &dyn Fn() -> bool,
) -> Option<Vec<f32>> {
    let mut basis = start(columns, dimensions);
    let mut seen = vec![0.0; rows.len() * dimensions];
    for _ in 0..ROUNDS {
        if !goes_on() {
            return None;
        }
        multiply(rows, &basis, dimensions, &mut seen);
        multiply_back(rows, &seen, dimensions, &mut basis);
        // Twice: the first time rounding leaves the columns not quite apart.
        orthonormalise(&mut basis, dimensions);
        orthonormalise(&mut basis, dimensions);
    }
    Some(basis)
}

/// Numbers between -1 and 1, the same each time (splitmix64).
fn start(columns: usize, dimensions: usize) -> Vec<f32> {
    let mut state = 42_u64;
    let mut next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let [high, low, ..] = (z ^ (z >> 31)).to_be_bytes();
        f32::from(i16::from_be_bytes([high, low])) / f32::from(i16::MAX)
    };
    (0..columns * dimensions).map(|_| next()).collect()
}

fn row_of(matrix: &[f32], row: u32, width: usize) -> Option<&[f32]> {
    let start = usize::try_from(row).ok()?.checked_mul(width)?;
    matrix.get(start..start.checked_add(width)?)
}

fn row_of_mut(matrix: &mut [f32], row: u32, width: usize) -> Option<&mut [f32]> {
    let start = usize::try_from(row).ok()?.checked_mul(width)?;
    matrix.get_mut(start..start.checked_add(width)?)
}

fn add(to: &mut [f32], weight: f32, from: &[f32]) {
    for (sum, value) in to.iter_mut().zip(from) {
        *sum += weight * value;
    }
}

/// `product = rows × basis`
fn multiply(rows: &[Row], basis: &[f32], width: usize, product: &mut [f32]) {
    product.fill(0.0);
    for (row, sums) in rows.iter().zip(product.chunks_exact_mut(width.max(1))) {
        for (column, weight) in row {
            if let Some(values) = row_of(basis, *column, width) {
                add(sums, *weight, values);
            }
        }
    }
}

/// `product = rowsᵀ × seen`
fn multiply_back(rows: &[Row], seen: &[f32], width: usize, product: &mut [f32]) {
    product.fill(0.0);
    for (row, values) in rows.iter().zip(seen.chunks_exact(width.max(1))) {
        for (column, weight) in row {
            if let Some(sums) = row_of_mut(product, *column, width) {
                add(sums, *weight, values);
            }
        }
    }
}

/// Makes the columns of a matrix orthonormal: `X ← X R⁻¹`, where `RᵀR = XᵀX` (Cholesky QR).
fn orthonormalise(matrix: &mut [f32], width: usize) {
    let inverse = inverse_of_upper(&cholesky(&gram(matrix, width)));
    let mut wide = vec![0.0_f64; width];
    for row in matrix.chunks_exact_mut(width.max(1)) {
        wide.fill(0.0);
        for (value, factors) in row.iter().zip(&inverse) {
            let value = f64::from(*value);
            for (sum, factor) in wide.iter_mut().zip(factors) {
                *sum += value * factor;
            }
        }
        for (to, from) in row.iter_mut().zip(&wide) {
            *to = narrow(*from);
        }
    }
}

/// `XᵀX`, of which the part above the diagonal is made.
fn gram(matrix: &[f32], width: usize) -> Vec<Vec<f64>> {
    let mut sums = vec![vec![0.0_f64; width]; width];
    let mut wide = vec![0.0_f64; width];
    for row in matrix.chunks_exact(width.max(1)) {
        for (to, from) in wide.iter_mut().zip(row) {
            *to = f64::from(*from);
        }
        for (index, (sums, first)) in sums.iter_mut().zip(&wide).enumerate() {
            let later = sums.iter_mut().zip(&wide).skip(index);
            for (sum, second) in later {
                *sum += first * second;
            }
        }
    }
    sums
}

/// The upper triangle `R` with `RᵀR` the given symmetric matrix. Rows of directions that are not there are zero.
fn cholesky(gram: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let largest = gram
        .iter()
        .enumerate()
        .filter_map(|(index, row)| row.get(index))
        .copied()
        .fold(0.0, f64::max);
    let mut upper: Vec<Vec<f64>> = Vec::with_capacity(gram.len());
    for (index, row) in gram.iter().enumerate() {
        let mut rest = row.clone();
        for above in &upper {
            let factor = above.get(index).copied().unwrap_or_default();
            for (value, other) in rest.iter_mut().zip(above).skip(index) {
                *value -= factor * other;
            }
        }
        let pivot = rest.get(index).copied().unwrap_or_default();
        let scale = if pivot > largest * 1e-12 {
            pivot.sqrt().recip()
        } else {
            0.0
        };
        for (column, value) in rest.iter_mut().enumerate() {
            *value = if column < index { 0.0 } else { *value * scale };
        }
        upper.push(rest);
    }
    upper
}

/// `R⁻¹`, where rows of zeros stay zero.
fn inverse_of_upper(upper: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = upper.len();
    let mut inverse: Vec<Vec<f64>> = vec![vec![0.0; width]; width];
    // From the last row up: row i of the inverse needs those below it.
    for (index, row) in upper.iter().enumerate().rev() {
        let pivot = row.get(index).copied().unwrap_or_default();
        if pivot <= 0.0 {
            continue;
        }
        let mut made = vec![0.0; width];
        for (value, below) in row.iter().zip(&inverse).skip(index + 1) {
            for (sum, other) in made.iter_mut().zip(below) {
                *sum -= value * other;
            }
        }
        if let Some(own) = made.get_mut(index) {
            *own += 1.0;
        }
        for value in &mut made {
            *value /= pivot;
        }
        if let Some(place) = inverse.get_mut(index) {
            *place = made;
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leading(rows: &[Row], columns: usize, dimensions: usize) -> Vec<f32> {
        super::leading(rows, (columns, dimensions), &|| true).unwrap()
    }

    fn dot(a: &[f32], b: &[f32]) -> f32 {
        a.iter().zip(b).map(|(x, y)| x * y).sum()
    }

    #[test]
    fn the_basis_is_orthonormal_and_spans_what_the_rows_have() {
        // Two groups of columns that occur together, the first more often.
        let rows: Vec<Row> = (0..30_u32)
            .map(|n| {
                if n % 3 == 0 {
                    vec![(3, 1.0), (4, 1.0), (5, 1.0)]
                } else {
                    vec![(0, 1.0), (1, 1.0), (2, 1.0)]
                }
            })
            .collect();
        let basis = leading(&rows, 7, 2);
        let column = |which: usize| -> Vec<f32> { basis.chunks(2).map(|row| row[which]).collect() };
        let (one, two) = (column(0), column(1));
        assert!((dot(&one, &one) - 1.0).abs() < 1e-4);
        assert!((dot(&two, &two) - 1.0).abs() < 1e-4);
        assert!(dot(&one, &two).abs() < 1e-4);
        let at = |column: usize| &basis[column * 2..][..2];
        let cosine =
            |a: usize, b: usize| dot(at(a), at(b)) / (dot(at(a), at(a)) * dot(at(b), at(b))).sqrt();
        assert!(cosine(0, 1) > 0.999 && cosine(3, 5) > 0.999);
        assert!(cosine(0, 4).abs() < 1e-3);
        // A column that never occurs is nowhere.
        assert!(dot(at(6), at(6)) < 1e-9);
    }

    #[test]
    fn more_dimensions_than_the_rows_have_are_zero_and_not_noise() {
        let rows: Vec<Row> = vec![vec![(0, 1.0)], vec![(0, 2.0)], Vec::new()];
        let basis = leading(&rows, 3, 3);
        assert!(basis.iter().all(|value| value.is_finite()));
        let length: f32 = basis.iter().map(|value| value * value).sum();
        assert!((length - 1.0).abs() < 1e-4, "{basis:?}");
    }

    #[test]
    fn the_same_rows_have_the_same_basis_and_no_rows_have_none() {
        let rows: Vec<Row> = vec![vec![(0, 0.3), (2, 0.7)], vec![(1, 0.2), (2, 0.1)]];
        assert_eq!(leading(&rows, 3, 2), leading(&rows, 3, 2));
        assert_eq!(leading(&[], 3, 2), vec![0.0; 6]);
        assert_eq!(leading(&rows, 0, 2), Vec::<f32>::new());
        assert_eq!(leading(&rows, 3, 0), Vec::<f32>::new());
    }
}
