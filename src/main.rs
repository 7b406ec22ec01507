//! The program: hands the command line to [`hansei::cli`].

fn main() -> std::process::ExitCode {
    hansei::cli::run()
}
