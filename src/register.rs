//! How a room lists its parts: one line for each.

/// Makes each part public, adds it to the room's prelude and, where the table begins with one, to a
/// list of all parts. The line of a part is its `pub use`, from its file. A list names the function that
/// makes its entries, `const ALL: &[Known] = known;`, which is called for the type of each part, as in
/// `known::<Dense>()`. The prelude that ends the table has in braces what else belongs to it.
macro_rules! register {
    (
        $(#[$about:meta])*
        $seen:vis const $list:ident: &[$entry:ty] = $of:ident;
        $(pub use $($part:ident)::+;)+
        $(#[$doc:meta])*
        pub $(($($within:tt)+))? mod prelude { $($more:item)* }
    ) => {
        $crate::register::register! {
            $(pub use $($part)::+;)+
            $(#[$doc])*
            pub $(($($within)+))? mod prelude { $($more)* }
        }

        $(#[$about])*
        $seen const $list: &[$entry] = &[$($of::<$($part)::+>()),+];
    };
    (
        $(pub use $($part:ident)::+;)+
        $(#[$doc:meta])*
        pub $(($($within:tt)+))? mod prelude { $($more:item)* }
    ) => {
        $(
            // A room within another may be known by its prelude alone.
            #[allow(unused_imports)]
            pub use $($part)::+;
        )+

        $(#[$doc])*
        pub $(($($within)+))? mod prelude {
            $(pub use super::$($part)::+;)+
            $($more)*
        }
    };
}
pub(crate) use register;
